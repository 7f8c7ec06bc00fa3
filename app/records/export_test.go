package records

const MarksKept = marksKept

var HashSecret = hashSecret
