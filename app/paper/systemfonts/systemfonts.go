// Package systemfonts finds faces among the computer's fonts, for scripts that the app brings no font for.
package systemfonts

import (
	"io"
	"log"
	"sync"

	"github.com/go-text/typesetting/font"
	"github.com/go-text/typesetting/fontscan"
	"github.com/go-text/typesetting/language"
)

// Finder returns what finds the face for a character, or nil where the computer has none. The fonts are looked
// through when the first is asked for; what they hold is kept in a folder, for the next time.
func Finder(cache string) func(rune) *font.Face {
	fonts := fontscan.NewFontMap(log.New(io.Discard, "", 0))
	load := sync.OnceValue(func() error {
		fonts.SetQuery(fontscan.Query{Families: []string{fontscan.SansSerif, fontscan.Emoji}})
		return fonts.UseSystemFonts(cache)
	})
	return func(r rune) *font.Face {
		if load() != nil { // no fonts at all
			return nil
		}
		fonts.SetScript(language.LookupScript(r))
		face := fonts.ResolveFace(r)
		if face == nil {
			return nil
		}
		if _, has := face.NominalGlyph(r); !has {
			return nil
		}
		return face
	}
}
