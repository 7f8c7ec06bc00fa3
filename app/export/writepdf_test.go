package export_test

import (
	"bytes"
	"encoding/json"
	"fmt"
	"io"
	"os"
	"os/exec"
	"path/filepath"
	"reflect"
	"regexp"
	"slices"
	"strings"
	"testing"
	"time"
	"unicode/utf8"

	"github.com/go-text/typesetting/font"

	"matterline/app/export"
	"matterline/app/export/systemfonts"
)

var exportedAt = time.Date(2026, 11, 23, 10, 41, 0, 0, time.UTC)

func ago(d time.Duration) time.Time { return exportedAt.Add(-d) }

const day = 24 * time.Hour

// okafor returns a file that uses every feature.
func okafor() export.File {
	const maya, ana = "maya", "ana"
	sent := func(id, author, name string, at time.Time, text string) export.Message {
		return export.Message{ID: id, Author: author, AuthorName: name, FromParticipant: author != maya, SentAt: at, WrittenAt: at.Add(-time.Second), Text: text, Delivery: export.Sent}
	}
	late := sent("5", ana, "Ana Okafor", ago(26*time.Hour), "No problem, I was on the train. ✓ I have the key for the meter cupboard too.")
	late.WrittenAt = ago(29 * time.Hour)
	return export.File{
		Firm: "Hartwell Legal", MadeBy: "Maya Hart", MadeAt: exportedAt, AsOf: ago(time.Hour), AllChats: true,
		Matter: export.Matter{ID: "m", Reference: "2026-0147", Title: "Okafor: purchase of 14 Elm Street", Type: "Conveyancing", OpenedAt: ago(60 * day), AssignedName: "Maya Hart"},
		Chats: []export.Chat{{
			Participant: ana, Name: "Ana Okafor", Role: "Client", Joined: true,
			Messages: []export.Message{
				sent("1", maya, "Maya Hart", ago(5*day), "Dear Ana,\n\nwe have the search results. Nothing in them should worry you; the flood risk is low, and the drainage is adopted.\n\nKind regards\nMaya"),
				sent("2", ana, "Ana Okafor", ago(5*day-20*time.Minute), "Thank you! When can we exchange?"),
				sent("3", maya, "Maya Hart", ago(4*day), "Contracts are ready for your signature."),
				sent("4", maya, "Tom Reed", ago(28*time.Hour), "Could you confirm the meter readings? "+strings.Repeat("It is for the apportionment of the utilities, which the seller's side has asked about. ", 6)),
				late,
				{ID: "6", Author: maya, AuthorName: "Maya Hart", WrittenAt: ago(10 * time.Minute), Text: "We exchange on Friday.", Delivery: export.Waiting, BecomesStatus: true},
				{ID: "7", Author: maya, AuthorName: "Maya Hart", WrittenAt: ago(9 * time.Minute), Text: "Please bring your passport.", Delivery: export.Rejected, Reason: "This matter is closed."},
			},
			Statuses: []export.Status{
				{Message: "1", Text: "…", SetByName: "Maya Hart", SetAt: ago(5 * day), EndedAt: ago(4 * day)},
				{Message: "3", Text: "…", SetByName: "Maya Hart", SetAt: ago(4 * day)},
			},
			Reads: []export.ReadMark{
				{Reader: ana, ReaderName: "Ana Okafor", FromParticipant: true, Upto: "3", At: ago(3 * day)},
				{Reader: maya, ReaderName: "Maya Hart", Upto: "5", At: ago(25 * time.Hour)},
			},
		}, {
			Participant: "lender", Name: "יעל כהן", Role: "Lender", OtherSide: true,
			Messages: []export.Message{
				sent("8", "lender", "יעל כהן", ago(3*day), "שלום מאיה, ההלוואה אושרה (ref. 2026-0147) ב-12 בנובמבר."),
				sent("9", "lender", "יעל כהן", ago(3*day-time.Hour), "مرحبا، تمت الموافقة على القرض رقم 12345. شكرا لكم"),
				sent("10", "lender", "Yael", ago(2*day), "您好，贷款已获批准。請確認。ありがとう 안녕하세요"),
				sent("11", "lender", "Yael", ago(2*day-time.Hour), "Wow 🎉👩‍⚖️ 👍🏽 नमस्ते क्षत्रिय สวัสดี Ελληνικά Привет \U00013000 \uE000 end"),
				sent("12", "lender", "Yael", ago(2*day-2*time.Hour), strings.Repeat("Donaudampfschifffahrtsgesellschaft", 12)),
			},
		}},
	}
}

// writePDF writes a file as a PDF with the computer's fonts and returns its path.
func writePDF(t testing.TB, f export.File) string {
	t.Helper()
	return writePDFWith(t, f, time.UTC, systemfonts.Finder(t.TempDir()))
}

func writePDFWith(t testing.TB, f export.File, zone *time.Location, systemFont func(rune) *font.Face) string {
	t.Helper()
	path := filepath.Join(t.TempDir(), "file.pdf")
	out, err := os.Create(path)
	check(t, err)
	check(t, export.WritePDF(out, f, zone, systemFont))
	check(t, out.Close())
	return path
}

func noFont(rune) *font.Face { return nil }

func poppler(t testing.TB, tool string, args ...string) string {
	t.Helper()
	var errs bytes.Buffer
	cmd := exec.Command(tool, args...)
	cmd.Stderr = &errs
	out, err := cmd.Output()
	if err != nil || errs.Len() > 0 {
		t.Fatalf("%s: %v %s", tool, err, errs.String())
	}
	return string(out)
}

func check(t testing.TB, err error) {
	t.Helper()
	if err != nil {
		t.Fatal(err)
	}
}

// All text in a PDF can be searched and copied, in any script, even characters that no font has.
func TestTextIsSearchable(t *testing.T) {
	path := writePDF(t, okafor())
	text := poppler(t, "pdftotext", "-layout", path, "-")
	flat := strings.Join(strings.Fields(text), " ")
	for _, want := range []string{
		"Hartwell Legal", "Okafor: purchase of 14 Elm Street", "2026-0147", "Conveyancing", "24 September 2026",
		"As of 23 November 2026, 09:41, when this computer last had everything from the portal.",
		"Ana Okafor, Client: 7 messages", "1 of 4", "4 of 4",
		"Ana Okafor: all but the last message, on 20 November 2026, 10:41", "Maya Hart: everything, on 22 November 2026, 09:41",
		"Wednesday, 18 November 2026 10:41 Maya Hart Hartwell Legal Dear Ana,",
		"11:01 Ana Okafor Client Thank you! When can we exchange?",
		"Status from 18 November 2026, 10:41 until 19 November 2026, 10:41, set by Maya Hart.",
		"Current status, set by Maya Hart on 19 November 2026, 10:41.",
		"Written on 22 November 2026, 05:41, sent on 22 November 2026, 08:41.",
		"Waiting to send. Written on 23 November 2026, 10:31. Becomes the current status once sent.",
		"Not sent. Written on 23 November 2026, 10:32. This matter is closed.", "Not sent at the time of export",
		"Lender, on the other side; has not joined yet", ": nothing yet", "Hartwell Legal. Exported by Maya Hart on 23 November 2026, 10:41.",
		"您好，贷款已获批准。請確認。ありがとう 안녕하세요", "Ελληνικά Привет",
	} {
		if !strings.Contains(flat, want) {
			t.Errorf("%q is missing from\n%s", want, text)
		}
	}
	for _, want := range []string{"שלום", "ההלוואה", "مرحبا", "القرض", "🎉", "👩", "⚖", "👍", "🏽", "नमस्ते", "क्षत्रिय", "สวัสดี", "\U00013000", "\uE000"} {
		if !strings.Contains(text, want) {
			t.Errorf("%q is missing", want)
		}
	}
	joined := strings.Join(strings.Fields(text), "")
	if want := strings.Repeat("Donaudampfschifffahrtsgesellschaft", 12); !strings.Contains(joined, want) {
		t.Error("a long word is incomplete")
	}
	fonts := strings.Split(strings.TrimSpace(poppler(t, "pdffonts", path)), "\n")[2:]
	embedded := regexp.MustCompile(`Custom +yes`)
	for _, font := range fonts {
		if !embedded.MatchString(font) {
			t.Errorf("a font isn't embedded: %s", font)
		}
	}
	if len(fonts) == 0 {
		t.Error("no fonts")
	}
}

// Writing the same file twice gives identical PDFs.
func TestDeterministic(t *testing.T) {
	first, second := writePDF(t, okafor()), writePDF(t, okafor())
	a, err := os.ReadFile(first)
	check(t, err)
	b, err := os.ReadFile(second)
	check(t, err)
	if !bytes.Equal(a, b) {
		t.Error("the PDFs differ")
	}
}

// Times are in the requested zone, and the PDF names it.
func TestTimeZone(t *testing.T) {
	zone := time.FixedZone("AEST", 10*60*60)
	path := writePDFWith(t, okafor(), zone, noFont)
	text := poppler(t, "pdftotext", "-layout", path, "-")
	for _, want := range []string{"23 November 2026, 20:41 by Maya Hart", "AEST (UTC+10:00 at the time of export)", "Thursday, 19 November 2026"} {
		if !strings.Contains(text, want) {
			t.Errorf("%q is missing from\n%s", want, text)
		}
	}
}

// A character that no font has is drawn as its number, within the margins.
func TestMissingGlyphs(t *testing.T) {
	f := okafor()
	f.AllChats, f.Chats = false, f.Chats[:1]
	f.Chats[0].Messages[0].Text = strings.Repeat("字", 200)
	path := writePDFWith(t, f, time.UTC, noFont)
	joined := strings.Join(strings.Fields(poppler(t, "pdftotext", path, "-")), "")
	if !strings.Contains(joined, strings.Repeat("字", 200)) {
		t.Error("characters are missing")
	}
	for word := range strings.Lines(poppler(t, "pdftotext", "-bbox", path, "-")) {
		var left, top, right float64
		if n, _ := fmt.Sscanf(strings.TrimSpace(word), `<word xMin="%f" yMin="%f" xMax="%f"`, &left, &top, &right); n == 3 && (left < 67 || right > 529) {
			t.Errorf("outside the margins: %s", word)
		}
	}
}

// A day's label and a message's author are never the last line of a page, and the notes below a message are never the
// first.
func TestPageBreaks(t *testing.T) {
	f := okafor()
	f.AllChats, f.Chats = false, f.Chats[:1]
	c := &f.Chats[0]
	c.Messages = nil
	for i := range 300 {
		at := ago(time.Duration(300-i) * 13 * time.Hour)
		c.Messages = append(c.Messages, export.Message{ID: fmt.Sprint(i), Author: "ana", AuthorName: "Ana Okafor", FromParticipant: true, SentAt: at, WrittenAt: at.Add(-time.Hour),
			Text: strings.Repeat("Words of a message. ", i%40+1), Delivery: export.Sent})
	}
	heading := regexp.MustCompile(`day, \d|Ana Okafor +Client`)
	pages := strings.Split(poppler(t, "pdftotext", "-layout", writePDF(t, f), "-"), "\f")
	if len(pages) < 50 {
		t.Fatalf("%d pages", len(pages))
	}
	for i, page := range pages {
		lines := slices.DeleteFunc(strings.Split(page, "\n"), func(line string) bool { return strings.TrimSpace(line) == "" })
		if len(lines) > 1 && heading.MatchString(lines[len(lines)-2]) { // the last is the footer
			t.Errorf("page %d ends with %q", i+1, lines[len(lines)-2])
		}
		if len(lines) > 1 && strings.Contains(lines[1], "Written on") { // the first is the header
			t.Errorf("page %d begins with %q", i+1, lines[1])
		}
		if named := regexp.MustCompile(`day, \d`); i > 1 && len(lines) > 1 && named.MatchString(lines[0]) == named.MatchString(lines[1]) {
			t.Errorf("page %d names its day twice or not at all: %q", i+1, lines[:2])
		}
	}
}

// The time to write a file grows in proportion to its length, and very long messages are complete.
func TestLongFile(t *testing.T) {
	withMessages := func(messages int) export.File {
		f := okafor()
		f.Chats = f.Chats[:1]
		some := f.Chats[0].Messages[:5]
		f.Chats[0].Messages = nil
		for i := range messages {
			m := some[i%len(some)]
			m.ID, m.SentAt = fmt.Sprint(i), ago(time.Duration(messages-i)*time.Hour)
			f.Chats[0].Messages = append(f.Chats[0].Messages, m)
		}
		return f
	}
	write := func(f export.File) (path string, took time.Duration) {
		start := time.Now()
		path = writePDF(t, f)
		return path, time.Since(start)
	}
	write(withMessages(300)) // warms up the font cache
	_, short := write(withMessages(300))
	f := withMessages(1500)
	f.Chats[0].Messages[50].Text = strings.Repeat("ten chars ", 1000)
	f.Chats[0].Messages[60].Text = strings.Repeat("x", 10_000)
	path, long := write(f)
	if long > 20*short {
		t.Errorf("five times the messages took %.1f times as long", float64(long)/float64(short))
	}
	joined := strings.Join(strings.Fields(poppler(t, "pdftotext", "-f", "2", "-l", "20", path, "-")), " ")
	if n := strings.Count(joined, "ten chars"); n < 990 { // headers and footers split some
		t.Errorf("%d of 1000 pairs of words", n)
	}
	if n := strings.Count(joined, "x"); n < 10_000 {
		t.Errorf("%d of 10,000 letters", n)
	}
}

func TestJSON(t *testing.T) {
	var out bytes.Buffer
	f := okafor()
	check(t, export.WriteJSON(&out, f))
	var head struct {
		Format  string
		Version int
		MadeAt  string `json:"made_at"`
	}
	check(t, json.Unmarshal(out.Bytes(), &head))
	if head.Format != "matterline-file" || head.Version != 1 || head.MadeAt != "2026-11-23T10:41:00Z" {
		t.Errorf("%+v", head)
	}
	var back export.File
	check(t, json.Unmarshal(out.Bytes(), &back))
	if !reflect.DeepEqual(back, f) {
		t.Errorf("%+v", back)
	}
	if s := out.String(); strings.Contains(s, `"closed_at"`) || !strings.Contains(s, "👩\u200d⚖️") {
		t.Error(s)
	}
}

// Any text can be written as a PDF.
func FuzzPDF(f *testing.F) {
	f.Add("Hello")
	f.Add("\u202e\u2066שלום\u2069 a\u0301\u0301\u0301\r\n\t\u0007\u00ad\ufeff👩‍👩‍👧")
	f.Fuzz(func(t *testing.T, text string) {
		if !utf8.ValidString(text) {
			t.Skip()
		}
		file := okafor()
		file.Matter.Title, file.Chats = text, file.Chats[:1]
		file.Chats[0].Name, file.Chats[0].Messages = text, file.Chats[0].Messages[:1]
		file.Chats[0].Messages[0].Text = text
		check(t, export.WritePDF(io.Discard, file, time.UTC, noFont))
	})
}
