package portalapi

import (
	"net/http"

	"matterline/app/chat"
)

// The operations about who covers for users who are away.
var (
	Covers = Op[Nothing, CoversOutput]{
		ID: "covers", Method: http.MethodGet, Path: "/covers",
		Summary: "List the covers that have not ended: the caller's own, those by the caller and, for admins, all", Errors: []chat.Code{chat.NotFound},
	}
	SetCover = Op[CoverInput, Nothing]{
		ID: "set-cover", Method: http.MethodPut, Path: "/accounts/{account}/cover",
		Summary: "Set which colleague gets the alerts of a user who is away. It replaces an earlier cover (one's own; admins anyone's)",
		Errors:  []chat.Code{chat.NotFound, chat.NotAllowed, chat.Malformed},
	}
	EndCover = Op[AccountInput, Nothing]{
		ID: "end-cover", Method: http.MethodDelete, Path: "/accounts/{account}/cover",
		Summary: "End a user's cover now (one's own; admins anyone's)",
		Errors:  []chat.Code{chat.NotFound, chat.NotAllowed},
	}
)

type CoversOutput struct {
	Body struct {
		Covers []chat.Cover `json:"covers" nullable:"false"`
	}
}

type CoverInput struct {
	Account string `path:"account" maxLength:"64"`
	Body    struct {
		By    string `json:"by" maxLength:"64" doc:"the colleague, an active user"`
		From  int64  `json:"from" doc:"it covers the messages that the portal gets from this time on"`
		Until int64  `json:"until" doc:"when it ends, after from and at most 366 days later"`
		Alone bool   `json:"alone,omitempty" doc:"whether only the colleague gets the alerts; otherwise both do"`
	}
}
