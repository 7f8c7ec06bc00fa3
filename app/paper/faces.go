package paper

import (
	"unicode"

	"github.com/go-text/typesetting/font"
	"github.com/go-text/typesetting/shaping"
)

// faces finds the face for each letter; first is the one that is wanted.
type faces struct {
	*setter
	first *font.Face
}

type faceKey struct {
	first *font.Face
	r     rune
}

func (f faces) ResolveFace(r rune) *font.Face {
	key := faceKey{f.first, r}
	face, known := f.resolved[key]
	if !known {
		face = f.find(r)
		f.resolved[key] = face
	}
	return face
}

func (f faces) find(r rune) *font.Face {
	const emoji = 0x1F000 // from here on: the computer's are in colour, and whole families
	switch {
	case draws(f.first, r):
		return f.first
	case r < emoji && draws(f.dejavu, r):
		return f.dejavu
	}
	if face := f.computers(r); face != nil && draws(face, r) {
		return face
	}
	if draws(f.dejavu, r) {
		return f.dejavu
	}
	return f.first // which has no glyph for it: its number is drawn
}

// draws says that a face has something to show for a character, if it is one to be seen.
func draws(face *font.Face, r rune) bool {
	id, has := face.NominalGlyph(r)
	if !has || unicode.IsSpace(r) || unicode.In(r, unicode.Cf, unicode.M) {
		return has
	}
	switch data := face.GlyphData(id).(type) {
	case font.GlyphBitmap:
		return data.Format == font.PNG || data.Format == font.JPG
	default:
		outline, _ := face.GlyphDataOutline(id)
		return len(outline.Segments) > 0
	}
}

// spaced cuts the runs that are in one of the computer's faces at their spaces, which the wanted face sets: those
// of emoji are as wide as they are.
func (f faces) spaced(runs []shaping.Input) (cut []shaping.Input) {
	for _, run := range runs {
		if run.Face == f.first || run.Face == f.dejavu {
			cut = append(cut, run)
			continue
		}
		for at := run.RunStart; at < run.RunEnd; {
			part := run
			part.RunStart = at
			space := run.Text[at] == ' '
			for at < run.RunEnd && (run.Text[at] == ' ') == space {
				at++
			}
			part.RunEnd = at
			if space {
				part.Face = f.first
			}
			cut = append(cut, part)
		}
	}
	return cut
}
