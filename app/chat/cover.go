package chat

import "time"

// Cover says that a user is away, and which colleague gets the alerts of their matters meanwhile. It gives no access:
// matters that the colleague can't open still alert the user.
//
// Which alerts it moves depends only on when the portal got the messages, so a wrong clock on a device loses none.
type Cover struct {
	Account  string `json:"account" doc:"the user who is away"`
	Name     string `json:"name"`
	By       string `json:"by" doc:"the colleague who covers for them"`
	ByName   string `json:"by_name"`
	ByAdmin  bool   `json:"by_admin,omitempty" doc:"whether the colleague is an admin, who can open all matters"`
	From     int64  `json:"from" doc:"it covers the messages that the portal gets from this time on"`
	Until    int64  `json:"until" doc:"it ends at this time"`
	Alone    bool   `json:"alone" doc:"whether only the colleague gets the alerts; otherwise both do"`
	CantOpen int    `json:"cant_open,omitempty" doc:"how many of the user's open matters the colleague can't open"`
}

// longestCover is how long a cover may last.
const longestCover = 366 * 24 * time.Hour

// At reports whether it covers a message that the portal got at a time.
func (c Cover) At(sentAt int64) bool { return sentAt >= c.From && sentAt < c.Until }

// Valid returns malformed if the times make no sense.
func (c Cover) Valid(now time.Time) error {
	switch {
	case c.From <= 0:
		return Errorf(Malformed, "from", "Choose when the cover starts.")
	case c.Until <= c.From:
		return Errorf(Malformed, "until", "Choose an end that is after the start.")
	case c.Until <= now.UnixMilli():
		return Errorf(Malformed, "until", "Choose an end that is in the future.")
	case time.Duration(c.Until-c.From) > longestCover/time.Millisecond:
		return Errorf(Malformed, "until", "A cover can last a year at most.")
	}
	return nil
}
