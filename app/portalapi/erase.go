package portalapi

import (
	"crypto/sha256"
	"encoding/hex"
	"net/http"

	"matterline/app/chat"
)

// A firm can end a device's access and have its copy deleted. The device learns it from the answer to its next request:
// signed_out with Erase. Once it has deleted the copy, it reports that.

// ReportErasure is open, because the device has no session any more. Its old token shows which device it is.
var ReportErasure = Op[ErasureInput, Nothing]{
	ID: "report-erasure", Method: http.MethodPost, Path: "/erasures", Open: true,
	Summary: "Report that a device has deleted its copy, as the portal told it to. The same report again changes nothing",
	Errors:  []chat.Code{chat.NotFound, chat.TooMany},
}

type ErasureInput struct {
	Body struct {
		Token    string `json:"token" minLength:"1" maxLength:"100" doc:"the token of the device's session, which has ended"`
		Messages int    `json:"messages,omitempty" minimum:"0" maximum:"1000000" doc:"how many messages it hadn't sent: they are deleted, too"`
		Drafts   int    `json:"drafts,omitempty" minimum:"0" maximum:"1000000" doc:"how many drafts it had"`
	}
}

// CopyRules are the firm's rules for the copies on its users' devices.
type CopyRules struct {
	OfflineDays int  `json:"offline_days" doc:"a copy locks itself when it hasn't reached the portal for so many days; 0 means never"`
	ReadExpired bool `json:"read_expired" doc:"whether a copy can be read after its session has expired"`
}

// OnErase sets the function that is called when the portal says that this device must delete its copy. It is called for
// each such answer.
func (c *Client) OnErase(do func(why *chat.Error)) { c.onErase.Store(&do) }

// OnLock sets the function that is called when the portal says that this device must not show its copy until its user has
// signed in again.
func (c *Client) OnLock(do func()) { c.onLock.Store(&do) }

// checkOrders removes Erase and Lock from an error unless the answer is the portal's own to this client: it must have the
// status and the code of an ended session, and name the token that the client has now. An answer that a faulty proxy kept
// for someone else doesn't.
func (c *Client) checkOrders(res *http.Response, e *chat.Error) {
	token := *c.token.Load()
	sum := sha256.Sum256([]byte(token))
	mine := hex.EncodeToString(sum[:])
	ended := token != "" && res.StatusCode == http.StatusUnauthorized && e.Code == chat.SignedOut
	if !ended || e.Erase != mine {
		e.Erase = ""
	}
	if !ended || e.Lock != mine {
		e.Lock = ""
	}
	if do := c.onErase.Load(); e.Erase != "" && do != nil {
		(*do)(e)
	}
	if do := c.onLock.Load(); e.Lock != "" && do != nil {
		(*do)()
	}
}
