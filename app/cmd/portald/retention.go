package main

import (
	"fmt"
	"regexp"
	"strconv"
	"time"
)

// retention is how long something is kept: 400d or 10y. 0 means forever.
type retention time.Duration

const (
	day = 24 * time.Hour
	// minRetention keeps a mistyped retention from removing the whole trail.
	minRetention = 90 * day
	maxYears     = 100
)

var wholeRetention = regexp.MustCompile(`^([0-9]{1,5})([dy])$`)

func (r *retention) UnmarshalText(text []byte) error {
	found := wholeRetention.FindSubmatch(text)
	if found == nil {
		return fmt.Errorf("%q is not a number of days or years, such as 400d or 10y", text)
	}
	n, err := strconv.Atoi(string(found[1]))
	if err != nil {
		return err
	}
	days := n
	if string(found[2]) == "y" {
		days = n*365 + n/4
	}
	if days > maxYears*366 {
		return fmt.Errorf("%s is longer than %d years; without the flag, everything is kept", text, maxYears)
	}
	if *r = retention(time.Duration(days) * day); time.Duration(*r) < minRetention {
		return fmt.Errorf("%s is too short: what is removed can't be brought back; keep at least %dd", text, int(minRetention/day))
	}
	return nil
}
