package portalapi

import "matterline/app/chat"

// Level is the version of the contract that this program implements. It rises with every change that the other side
// must know about. Needs is the lowest level of the other side that this program works with. Heads carries both, so
// an app checks them before anything else.
const (
	Level = 1
	Needs = 1
)

// Fits returns too_old if the portal is too old for this app, and too_new if it is too new.
func (h Heads) Fits() error {
	switch {
	case h.Level < Needs:
		return chat.Errorf(TooOld, "", "The portal is too old for this version of Matterline. Your messages will be sent once your administrator has updated the portal.")
	case h.Needs > Level:
		return chat.Errorf(TooNew, "", "The portal needs a newer version of Matterline. Update Matterline, and your messages will be sent.")
	}
	return nil
}
