package tray

import (
	"bytes"
	_ "embed"
	"image"
	"image/color"
	"image/draw"
	"image/png"
	"strconv"

	"golang.org/x/image/font"
	"golang.org/x/image/font/gofont/gobold"
	"golang.org/x/image/font/opentype"
	"golang.org/x/image/math/fixed"
)

//go:embed icon.png
var plainIcon []byte

var (
	badge     = color.NRGBA{0xb4, 0x53, 0x0a, 0xff} // --alert in tokens.css
	badgeText = color.White
)

// drawIcon draws the app's icon: grey while the portal is away or the user is signed out, with an exclamation mark if they
// are signed out, and otherwise with the unread count, in amber at the lower right.
func drawIcon(unread int, away, signedOut bool) ([]byte, error) {
	text := ""
	switch {
	case signedOut:
		text = "!"
	case unread > 99:
		text = "99"
	case unread > 0:
		text = strconv.Itoa(unread)
	}
	if text == "" && !away {
		return plainIcon, nil
	}
	plain, err := png.Decode(bytes.NewReader(plainIcon))
	if err != nil {
		return nil, err
	}
	icon := image.NewNRGBA(plain.Bounds())
	draw.Draw(icon, icon.Bounds(), plain, image.Point{}, draw.Src)
	if away || signedOut {
		drain(icon)
	}
	if text == "" {
		var out bytes.Buffer
		err = png.Encode(&out, icon)
		return out.Bytes(), err
	}
	side := icon.Bounds().Dx()
	radius := side * 5 / 16
	centre := image.Pt(side-radius, side-radius)
	draw.DrawMask(icon, icon.Bounds(), image.NewUniform(badge), image.Point{}, disc{centre, radius}, image.Point{}, draw.Over)
	size := float64(radius) * 1.5
	if len(text) > 1 {
		size = float64(radius) * 1.2
	}
	return encode(icon, text, size, centre)
}

// drain takes the colours out of an icon, in a middle grey that light and dark panels show.
func drain(icon *image.NRGBA) {
	for i := 0; i < len(icon.Pix); i += 4 {
		p := icon.Pix[i : i+3]
		grey := 96 + (299*int(p[0])+587*int(p[1])+114*int(p[2]))/1000/2
		p[0], p[1], p[2] = byte(grey), byte(grey), byte(grey)
	}
}

func encode(icon *image.NRGBA, text string, size float64, centre image.Point) ([]byte, error) {
	parsed, err := opentype.Parse(gobold.TTF)
	if err != nil {
		return nil, err
	}
	face, err := opentype.NewFace(parsed, &opentype.FaceOptions{Size: size, DPI: 72})
	if err != nil {
		return nil, err
	}
	d := &font.Drawer{Dst: icon, Src: image.NewUniform(badgeText), Face: face}
	bounds, _ := d.BoundString(text)
	d.Dot = fixed.Point26_6{
		X: fixed.I(centre.X) - (bounds.Min.X+bounds.Max.X)/2,
		Y: fixed.I(centre.Y) - (bounds.Min.Y+bounds.Max.Y)/2,
	}
	d.DrawString(text)
	var out bytes.Buffer
	err = png.Encode(&out, icon)
	return out.Bytes(), err
}

// disc is a filled circle with a soft edge, as a mask.
type disc struct {
	centre image.Point
	radius int
}

func (d disc) ColorModel() color.Model { return color.AlphaModel }

func (d disc) Bounds() image.Rectangle {
	return image.Rect(d.centre.X-d.radius, d.centre.Y-d.radius, d.centre.X+d.radius, d.centre.Y+d.radius)
}

func (d disc) At(x, y int) color.Color {
	const samples = 4
	inside := 0
	for i := range samples * samples {
		dx := float64(x-d.centre.X) + (float64(i%samples)+.5)/samples
		dy := float64(y-d.centre.Y) + (float64(i/samples)+.5)/samples
		if dx*dx+dy*dy <= float64(d.radius*d.radius) {
			inside++
		}
	}
	return color.Alpha{uint8(inside * 255 / (samples * samples))}
}
