package notification

import (
	"encoding/xml"
	"fmt"

	"matterline/app/alert"
)

// toast is a notification as the Windows Runtime reads it.
// See https://learn.microsoft.com/uwp/schemas/tiles/toastschema/schema-root.
type toast struct {
	XMLName xml.Name `xml:"toast"`
	Launch  string   `xml:"launch,attr"` // the app gets it with a click
	Binding struct {
		Template string   `xml:"template,attr"`
		Text     []string `xml:"text"`
	} `xml:"visual>binding"`
	Audio struct {
		Silent bool `xml:"silent,attr"`
	} `xml:"audio"`
	Actions *toastActions `xml:"actions"`
}

type toastActions struct {
	Input  *toastInput   `xml:"input"`
	Action []toastAction `xml:"action"`
}

type toastInput struct {
	ID    string `xml:"id,attr"`
	Type  string `xml:"type,attr"`
	Empty string `xml:"placeHolderContent,attr"`
}

type toastAction struct {
	Content   string `xml:"content,attr"`
	Arguments string `xml:"arguments,attr"` // the app gets them with a click
	Input     string `xml:"hint-inputId,attr,omitempty"`
}

// replyInput is the id of the box for a reply.
const replyInput = "reply"

// toastXML describes a notification to Windows. People's text can't end an element: encoding/xml escapes it.
func toastXML(n alert.Notification, id int) (string, error) {
	t := toast{Launch: launch(alert.Open, id)}
	t.Binding.Template = "ToastGeneric"
	t.Binding.Text = []string{n.Title, n.Body}
	t.Audio.Silent = true
	if n.MarksRead() {
		t.Actions = &toastActions{Action: []toastAction{{Content: alert.MarkReadLabel, Arguments: launch(alert.MarkRead, id)}}}
	}
	if n.MarksRead() && n.CanReply {
		t.Actions.Input = &toastInput{ID: replyInput, Type: "text", Empty: alert.ReplyBox}
		reply := toastAction{Content: alert.ReplyLabel, Arguments: launch(alert.Reply, id), Input: replyInput}
		t.Actions.Action = append([]toastAction{reply}, t.Actions.Action...)
	}
	b, err := xml.Marshal(t)
	return string(b), err
}

// launch is what the app gets when the user does something with a notification.
func launch(action alert.Action, id int) string { return fmt.Sprintf("%s %d", action, id) }

// parseLaunch reads what launch has written.
func parseLaunch(text string) (action alert.Action, id int, err error) {
	_, err = fmt.Sscanf(text, "%s %d", &action, &id)
	return action, id, err
}
