package portalapi

import "matterline/app/chat"

// Level is the level of the contract that this program speaks: it rises when one side must know of a change.
// Needs is the lowest level at which this program can work with the other side. Each stands in Heads, so an
// app learns whether it fits before it does anything else.
const (
	Level = 1
	Needs = 1
)

// Fits returns too_old if the portal is older than this app understands, and too_new if it has moved on.
func (h Heads) Fits() error {
	switch {
	case h.Level < Needs:
		return chat.Errorf(TooOld, "", "The portal is older than this Matterline works with. What you write is kept and is sent when whoever runs the portal has updated it.")
	case h.Needs > Level:
		return chat.Errorf(TooNew, "", "The portal has been updated and works with a newer Matterline. Please update this one; what you write is kept until then.")
	}
	return nil
}
