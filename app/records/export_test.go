package records

const MarksKept = marksKept
