package export

import (
	"unicode"

	"github.com/go-text/typesetting/font"
	"github.com/go-text/typesetting/shaping"
)

// fontFallback chooses a font face for each character.
type fontFallback struct {
	*typesetter
	preferred *font.Face
}

type faceKey struct {
	preferred *font.Face
	r         rune
}

func (f fontFallback) ResolveFace(r rune) *font.Face {
	key := faceKey{f.preferred, r}
	face, known := f.resolved[key]
	if !known {
		face = f.find(r)
		f.resolved[key] = face
	}
	return face
}

func (f fontFallback) find(r rune) *font.Face {
	const firstEmoji = 0x1F000 // from here on the computer's fonts come first: they have colours and combined emoji
	switch {
	case canDraw(f.preferred, r):
		return f.preferred
	case r < firstEmoji && canDraw(f.dejavu, r):
		return f.dejavu
	}
	if face := f.systemFont(r); face != nil && canDraw(face, r) {
		return face
	}
	if canDraw(f.dejavu, r) {
		return f.dejavu
	}
	return f.preferred // it has no glyph either, so the PDF shows the character's number
}

// canDraw reports whether a face has a glyph for a character, and something to draw if the character is visible.
func canDraw(face *font.Face, r rune) bool {
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

// splitSpaces splits the runs in the computer's fonts at spaces and sets those in the preferred font: the spaces of
// emoji fonts are as wide as emoji.
func (f fontFallback) splitSpaces(runs []shaping.Input) (split []shaping.Input) {
	for _, run := range runs {
		if run.Face == f.preferred || run.Face == f.dejavu {
			split = append(split, run)
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
				part.Face = f.preferred
			}
			split = append(split, part)
		}
	}
	return split
}
