// Package systemfonts finds fonts on the computer for characters that the app's own fonts don't have.
package systemfonts

import (
	"io"
	"log"
	"sync"

	"github.com/go-text/typesetting/font"
	"github.com/go-text/typesetting/fontscan"
	"github.com/go-text/typesetting/language"
)

// Finder returns a function that finds a font face for a character, or nil if the computer has none. Its first call
// scans the computer's fonts and saves the result in the folder cache, which makes later scans fast.
func Finder(cache string) func(rune) *font.Face {
	fonts := fontscan.NewFontMap(log.New(io.Discard, "", 0))
	load := sync.OnceValue(func() error {
		fonts.SetQuery(fontscan.Query{Families: []string{fontscan.SansSerif, fontscan.Emoji}})
		return fonts.UseSystemFonts(cache)
	})
	return func(r rune) *font.Face {
		if load() != nil { // the computer has no fonts
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
