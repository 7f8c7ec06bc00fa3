package chat_test

import (
	"testing"

	"matterline/app/chat"
)

func TestNamesThatLookTheSame(t *testing.T) {
	for _, names := range [][]string{
		{"Maya Hart", "maya hart", "MAYA  HART", "Maya\u00a0Hart", "Maya-Hart", "Maya Hart.", "Máya Hart", "Ma\u00adya Hart", "Маya Наrt", "Maya\u200bHart", "Ｍaya Hart"},
		{"Tom Reyes", "Тоm Rеуеs", "Τom Reyes"},
		{"Ian Lowe", "lan Lowe", "Ian L0we", "1an Lowe", "Іan Lowe"},
		{"Bernard", "Bemard"},
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
