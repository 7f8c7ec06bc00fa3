package chat_test

import (
	"testing"

	"matterline/app/chat"
)

func TestNamesThatLookTheSame(t *testing.T) {
	for _, names := range [][]string{
		{"Maya Hart", "maya hart", "MAYA  HART", "Maya\u00a0Hart", "Maya-Hart", "Maya Hart.", "Máya Hart", "Ma\u00adya Hart", "Маya Наrt", "Maya\u200bHart", "Ｍaya Hart"},
		{"Tom Reyes", "Тоm Rеуеs", "Τom Reyes"},
		{"TOM REYES", "ꓔꓳꓟ ꓣꓰꓬꓰꓢ", "ᎢᎾM ᎡᎬYᎬᏚ", "ТОМ RЕУЕЅ", "ᴛᴏᴍ ʀᴇʏᴇꜱ", "𝐓𝐨𝐦 𝐑𝐞𝐲𝐞𝐬", "Ｔｏｍ Ｒｅｙｅｓ", "ⓉⓄⓂ ⓇⒺⓎⒺⓈ"},
		{"Ian Lowe", "lan Lowe", "Ian L0we", "1an Lowe", "Іan Lowe"},
		{"Bernard", "Bemard", "Beʀnard", "Ᏼernard", "Веrnаrd", "Bernɑrd"},
		{"Lea Ito", "Ⅼeа Itо", "ӏea Ito", "|ea Ito", "Ꮮea Ito", "ꓡea Ito", "Lea lto"},
		{"Gwen Wu", "Gvven Wu"},
		{"Søren Łuk", "Soren Luk"},
		{"Иван", "иван"},
		{"☺", "☺ "},
	} {
		for _, name := range names[1:] {
			if chat.Look(name) != chat.Look(names[0]) {
				t.Errorf("%q and %q look different: %q, %q", name, names[0], chat.Look(name), chat.Look(names[0]))
			}
		}
	}
}

func TestNamesThatLookDifferent(t *testing.T) {
	for _, names := range [][2]string{
		{"Maya Hart", "Maya Hard"}, {"Tom Reyes", "Tom Reyes Jr"}, {"Иван", "Ивана"}, {"李娜", "李明"}, {"נועה", "נועם"}, {"☺", "☻"}, {"Ana", "Anna"}, {"राम", "रीमा"},
	} {
		if chat.Look(names[0]) == chat.Look(names[1]) {
			t.Errorf("%q and %q look the same: %q", names[0], names[1], chat.Look(names[0]))
		}
	}
}

func TestEmailsThatLookTheSame(t *testing.T) {
	for _, emails := range [][]string{
		{"maya.hart@firm.example", "MAYA.HART@firm.example", "mаya.hart@firm.example", "mayaꓸhart@firm.example", "maya.hɑrt@firm.example", "maya.hart@fіrm.example", "máya.hart@firm.example", "rnaya.hart@firm.example", "maya.hart@firm.examp1e", "maya.hart＠firm.example"},
		{"o-lee@firm.example", "0-lee@firm.example", "ο-lee@firm.example", "o‐lee@firm.example", "o–lee@firm.example", "ꓳ-lee@firm.example", "Ꮎ-lee@firm.example"},
		{"leah@firm.example", "1eah@firm.example", "ӏeah@firm.example", "leаh@firm.example", "leaһ@firm.example"},
	} {
		for _, email := range emails[1:] {
			if chat.EmailLook(email) != chat.EmailLook(emails[0]) {
				t.Errorf("%q and %q look different: %q, %q", email, emails[0], chat.EmailLook(email), chat.EmailLook(emails[0]))
			}
		}
	}
}

// Emails that people can tell apart are different.
func TestEmailsThatLookDifferent(t *testing.T) {
	for _, emails := range [][2]string{
		{"i.adams@firm.example", "l.adams@firm.example"}, {"tom.reyes@firm.example", "tomreyes@firm.example"}, {"tom-reyes@firm.example", "tom_reyes@firm.example"},
		{"anna@firm.example", "ana@firm.example"}, {"ben5@firm.example", "bens@firm.example"}, {"ben@firm.example", "ben@firm.test"}, {"a+b@firm.example", "a.b@firm.example"},
	} {
		if chat.EmailLook(emails[0]) == chat.EmailLook(emails[1]) {
			t.Errorf("%q and %q look the same: %q", emails[0], emails[1], chat.EmailLook(emails[0]))
		}
	}
}
