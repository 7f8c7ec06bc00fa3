package notification

import (
	"encoding/xml"

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
}

// toastXML describes a notification to Windows. People's text can't end an element: encoding/xml escapes it.
func toastXML(n alert.Notification, launch string) (string, error) {
	t := toast{Launch: launch}
	t.Binding.Template = "ToastGeneric"
	t.Binding.Text = []string{n.Title, n.Body}
	t.Audio.Silent = true
	b, err := xml.Marshal(t)
	return string(b), err
}
