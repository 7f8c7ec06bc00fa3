package portalapi

import "matterline/app/chat"

// The bodies of the operations that manage devices, matters, participants, users and the firm.

type AcceptInput struct {
	Body struct {
		Invitation string           `json:"invitation" maxLength:"100" doc:"the secret from the link"`
		PIN        string           `json:"pin,omitempty" maxLength:"20" doc:"the PIN that the firm told the participant, if the link asks for one; five wrong ones end the link"`
		Email      string           `json:"email" maxLength:"254"`
		Password   string           `json:"password" maxLength:"1000" doc:"a new one, or the account's if the email already has an account"`
		Device     string           `json:"device,omitempty" maxLength:"100"`
		Kind       chat.SessionKind `json:"kind,omitempty" enum:",desktop,browser" doc:"the same as for sign-in"`
		Cookie     bool             `json:"cookie,omitempty" doc:"the same as for sign-in"`
	}
}

type SessionsOutput struct {
	Body struct {
		Sessions []chat.Session `json:"sessions" nullable:"false"`
	}
}

type SessionInput struct {
	Session string `path:"session" maxLength:"64"`
}

type RenameInput struct {
	Body struct {
		Name string `json:"name"`
	}
}

type PasswordInput struct {
	Body struct {
		Old     string `json:"old,omitempty" maxLength:"1000"`
		New     string `json:"new" maxLength:"1001"`
		Passkey string `json:"passkey,omitempty" maxLength:"8000" doc:"instead of the old password: the answer of a participant's passkey to prove-options, in JSON"`
	}
}

type StatusInput struct {
	Participant string `path:"participant" maxLength:"64"`
	Body        struct {
		Message string  `json:"message" maxLength:"64" doc:"a message that the firm sent in this chat; empty removes the current status"`
		Saw     *string `json:"saw,omitempty" maxLength:"64" doc:"the message that the caller saw as the current status, or empty for none"`
	}
}

// MatterBody holds the fields of a matter that users edit.
type MatterBody struct {
	Reference string `json:"reference"`
	Title     string `json:"title"`
	Type      string `json:"type"`
}

type MatterInput struct {
	Body struct {
		MatterBody
		Assigned string   `json:"assigned,omitempty" maxLength:"64" doc:"a user's id; empty means the caller"`
		Team     []string `json:"team,omitempty" maxItems:"200" nullable:"false" doc:"users' ids"`
	}
}

type EditMatterInput struct {
	Matter string `path:"matter" maxLength:"64"`
	Body   MatterBody
}

type CloseInput struct {
	Matter string `path:"matter" maxLength:"64"`
	Body   struct {
		Closed bool `json:"closed"`
	}
}

type AssignInput struct {
	Matter string `path:"matter" maxLength:"64"`
	Body   struct {
		User string `json:"user" maxLength:"64"`
	}
}

type TeamInput struct {
	Matter string `path:"matter" maxLength:"64"`
	Body   struct {
		Users []string `json:"users" maxItems:"200" nullable:"false"`
	}
}

// ParticipantBody holds the fields of a participant that users edit.
type ParticipantBody struct {
	Name      string `json:"name"`
	Role      string `json:"role"`
	OtherSide bool   `json:"other_side,omitempty"`
}

type AddParticipantInput struct {
	Matter string `path:"matter" maxLength:"64"`
	Body   ParticipantBody
}

type EditParticipantInput struct {
	Participant string `path:"participant" maxLength:"64"`
	Body        ParticipantBody
}

type ParticipantInput struct {
	Participant string `path:"participant" maxLength:"64"`
}

type InviteInput struct {
	Participant string `path:"participant" maxLength:"64"`
	// Body may be missing: older apps send none.
	Body *InviteBody
}

type InviteBody struct {
	PIN bool `json:"pin,omitempty" doc:"whether the link asks for a PIN"`
}

// AsksPIN follows the secret in the path of a link that asks for a PIN.
const AsksPIN = "&pin"

type InviteOutput struct {
	Body struct {
		PIN       string `json:"pin,omitempty" doc:"the PIN, which can't be read again; tell it in another way than the link, such as by telephone" example:"482193"`
		Path      string `json:"path" doc:"the link's path on this portal, with the secret after the #"`
		URL       string `json:"url,omitempty" doc:"the whole link, if the portal was given its public address"`
		ExpiresAt int64  `json:"expires_at"`
	}
}

type RepliesOutput struct {
	Body struct {
		Replies []chat.Reply `json:"replies" nullable:"false"`
	}
}

type SaveReplyInput struct {
	Reply string `path:"reply" maxLength:"64"`
	Body  struct {
		Title string `json:"title"`
		Text  string `json:"text"`
		Firm  bool   `json:"firm,omitempty" doc:"whether all users of the firm share it"`
	}
}

type RemoveReplyInput struct {
	Reply string `path:"reply" maxLength:"64"`
	Firm  bool   `query:"firm" doc:"whether it is one of the firm's replies"`
}

type UsersOutput struct {
	Body struct {
		Users []chat.UserAccount `json:"users" nullable:"false"`
	}
}

type AddUserInput struct {
	Body struct {
		Email    string `json:"email"`
		Name     string `json:"name"`
		Password string `json:"password,omitempty" doc:"an initial password, which the user has to change; without one, the output has a link with which the user chooses a password"`
		Admin    bool   `json:"admin,omitempty"`
	}
}

type AddUserOutput struct {
	Body struct {
		ID string `json:"id"`
		// These are empty if the input had a password, or if the firm forbids passwords of users.
		Path      string `json:"path,omitempty" doc:"the path of the link for choosing a password, with the secret after the #"`
		URL       string `json:"url,omitempty" doc:"the whole link, if the portal was given its public address"`
		ExpiresAt int64  `json:"expires_at,omitempty"`
	}
}

type EditUserInput struct {
	User string `path:"user" maxLength:"64"`
	Body struct {
		Admin  bool `json:"admin"`
		Active bool `json:"active"`
	}
}

type FirmInput struct {
	Body struct {
		Name   string `json:"name"`
		Colour string `json:"colour" doc:"#rrggbb, or empty"`
	}
}

type FirmOutput struct {
	Body struct {
		Name   string `json:"name"`
		Colour string `json:"colour,omitempty" doc:"the colour of the client pages, #rrggbb"`
		// Passkeys is empty if the portal's address isn't one where passkeys work.
		Passkeys string `json:"passkeys,omitempty" doc:"where passkeys work: the origin of the client pages"`
	}
}

type AuditInput struct {
	Before  string `query:"before" maxLength:"64" doc:"an entry's id: return only older entries"`
	Matter  string `query:"matter" maxLength:"64"`
	Account string `query:"account" maxLength:"64"`
	Limit   int    `query:"limit" minimum:"1" maximum:"500" default:"100"`
}

type AuditOutput struct {
	Body struct {
		Entries []chat.AuditEntry `json:"entries" nullable:"false"`
	}
}

type IDOutput struct {
	Body struct {
		ID string `json:"id"`
	}
}
