package paper_test

import (
	"bytes"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"matterline/app/paper"
	"matterline/app/paper/systemfonts"
)

var made = time.Date(2026, 11, 23, 10, 41, 0, 0, time.UTC)

func ago(d time.Duration) time.Time { return made.Add(-d) }

const day = 24 * time.Hour

// okafor is a file with one of everything.
func okafor() paper.File {
	const maya, ana = "maya", "ana"
	said := func(id, author, name string, at time.Time, text string) paper.Message {
		return paper.Message{ID: id, Author: author, AuthorName: name, FromParticipant: author != maya, SentAt: at, WrittenAt: at.Add(-time.Second), Text: text, Delivery: paper.Sent}
	}
	late := said("5", ana, "Ana Okafor", ago(26*time.Hour), "No problem, I was on the train. ✓ I have the key for the meter cupboard too.")
	late.WrittenAt = ago(29 * time.Hour)
	return paper.File{
		Firm: "Hartwell Legal", MadeBy: "Maya Hart", MadeAt: made, AsOf: ago(time.Hour), Whole: true,
		Matter: paper.Matter{ID: "m", Reference: "2026-0147", Title: "Okafor: purchase of 14 Elm Street", Type: "Conveyancing", OpenedAt: ago(60 * day), AssignedName: "Maya Hart"},
		Chats: []paper.Chat{{
			Participant: ana, Name: "Ana Okafor", Role: "Client", Joined: true,
			Messages: []paper.Message{
				said("1", maya, "Maya Hart", ago(5*day), "Dear Ana,\n\nwe have the search results. Nothing in them should worry you; the flood risk is low, and the drainage is adopted.\n\nKind regards\nMaya"),
				said("2", ana, "Ana Okafor", ago(5*day-20*time.Minute), "Thank you! When can we exchange?"),
				said("3", maya, "Maya Hart", ago(4*day), "Contracts are ready for your signature."),
				said("4", maya, "Tom Reed", ago(28*time.Hour), "Could you confirm the meter readings? "+strings.Repeat("It is for the apportionment of the utilities, which the seller's side has asked about. ", 6)),
				late,
				{ID: "6", Author: maya, AuthorName: "Maya Hart", WrittenAt: ago(10 * time.Minute), Text: "We exchange on Friday.", Delivery: paper.Waiting, AsksStatus: true},
				{ID: "7", Author: maya, AuthorName: "Maya Hart", WrittenAt: ago(9 * time.Minute), Text: "Please bring your passport.", Delivery: paper.Refused, Reason: "This matter is closed."},
			},
			Statuses: []paper.Status{
				{Message: "1", Text: "…", SetByName: "Maya Hart", SetAt: ago(5 * day), EndedAt: ago(4 * day)},
				{Message: "3", Text: "…", SetByName: "Maya Hart", SetAt: ago(4 * day)},
			},
			Reads: []paper.Read{
				{Reader: ana, ReaderName: "Ana Okafor", FromParticipant: true, Upto: "3", At: ago(3 * day)},
				{Reader: maya, ReaderName: "Maya Hart", Upto: "5", At: ago(25 * time.Hour)},
			},
		}, {
			Participant: "lender", Name: "יעל כהן", Role: "Lender", OtherSide: true,
			Messages: []paper.Message{
				said("8", "lender", "יעל כהן", ago(3*day), "שלום מאיה, ההלוואה אושרה (ref. 2026-0147) ב-12 בנובמבר."),
				said("9", "lender", "יעל כהן", ago(3*day-time.Hour), "مرحبا، تمت الموافقة على القرض رقم 12345. شكرا لكم"),
				said("10", "lender", "Yael", ago(2*day), "您好，贷款已获批准。請確認。ありがとう 안녕하세요"),
				said("11", "lender", "Yael", ago(2*day-time.Hour), "Wow 🎉👩‍⚖️ 👍🏽 नमस्ते क्षत्रिय สวัสดี Ελληνικά Привет \U00013000 \uE000 end"),
				said("12", "lender", "Yael", ago(2*day-2*time.Hour), strings.Repeat("Donaudampfschifffahrtsgesellschaft", 12)),
			},
		}},
	}
}

func pdf(t testing.TB, f paper.File) string {
	t.Helper()
	path := filepath.Join(t.TempDir(), "file.pdf")
	out, err := os.Create(path)
	check(t, err)
	check(t, paper.WritePDF(out, f, time.UTC, systemfonts.Finder(t.TempDir())))
	check(t, out.Close())
	return path
}

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

func TestLook(t *testing.T) {
	path := pdf(t, okafor())
	fmt.Println(poppler(t, "pdftotext", "-layout", path, "-"))
	data, _ := os.ReadFile(path)
	os.WriteFile("/tmp/t/look.pdf", data, 0o644)
}

// A long file takes seconds, and little memory.
func TestLong(t *testing.T) {
	f := okafor()
	var long []paper.Message
	for i := range 10_000 {
		m := f.Chats[0].Messages[i%5]
		m.ID = fmt.Sprint(i)
		m.SentAt = ago(time.Duration(10_000-i) * time.Hour)
		m.WrittenAt = m.SentAt
		long = append(long, m)
	}
	f.Chats[0].Messages = long
	f.Chats[0].Messages[50].Text = strings.Repeat("ten chars ", 1000)
	f.Chats[0].Messages[60].Text = strings.Repeat("x", 10_000)
	start := time.Now()
	path := pdf(t, f)
	fmt.Println(time.Since(start), poppler(t, "pdfinfo", path))
}
