// The firm's colour on the client pages. It replaces Matterline's green, adjusted so that text stays readable.

type Colour = [red: number, green: number, blue: number]

const black: Colour = [0, 0, 0]
const white: Colour = [255, 255, 255]
// The backgrounds in shared/tokens.css on which the accent is hardest to read.
const lightGround = parsed('#f6f6f3')
const darkGround = parsed('#1e2426')

/** Black or white, whichever contrasts more with a colour. One of them always reaches 4.5:1. */
export function inkOn(colour: string): string {
  return written(ink(parsed(colour)))
}

/** The design tokens that a firm's colour replaces. */
export function accents(colour: string): Record<string, string> {
  const own = parsed(colour)
  const light = { soft: mixed(white, own, 0.12), line: mixed(white, own, 0.35) }
  const dark = { soft: mixed(darkGround, own, 0.3), line: mixed(darkGround, own, 0.55) }
  const onLight = readable(own, [lightGround, light.soft], black)
  const onDark = readable(own, [darkGround, dark.soft], white)
  const both = (a: Colour, b: Colour) => `light-dark(${written(a)}, ${written(b)})`
  return {
    '--accent': both(onLight, onDark),
    '--accent-ink': both(ink(onLight), ink(onDark)),
    '--accent-soft': both(light.soft, dark.soft),
    '--accent-line': both(light.line, dark.line),
  }
}

/** Shows the page in a firm's colour. Returns a function that ends it. */
export function showAccent(colour: string | undefined): () => void {
  const tokens = Object.entries(colour ? accents(colour) : {})
  const { style } = document.documentElement // and not on a component, because dialogs are mounted outside
  for (const [token, value] of tokens) style.setProperty(token, value)
  return () => {
    for (const [token] of tokens) style.removeProperty(token)
  }
}

export function contrast(a: Colour, b: Colour): number {
  const [low, high] = [lightness(a), lightness(b)].sort((x, y) => x - y)
  return (high + 0.05) / (low + 0.05)
}

export function parsed(colour: string): Colour {
  return [1, 3, 5].map((i) => parseInt(colour.slice(i, i + 2), 16)) as Colour
}

function written(colour: Colour): string {
  return '#' + colour.map((part) => Math.round(part).toString(16).padStart(2, '0')).join('')
}

const ink = (ground: Colour) => (contrast(ground, black) > contrast(ground, white) ? black : white)

/** The closest colour that is readable on all the backgrounds. */
function readable(colour: Colour, grounds: Colour[], towards: Colour): Colour {
  for (let much = 0; much < 1; much += 0.04) {
    const tried = mixed(colour, towards, much)
    if (grounds.every((ground) => contrast(tried, ground) >= 4.8)) return tried
  }
  return towards
}

function mixed(a: Colour, b: Colour, much: number): Colour {
  return a.map((part, i) => part + (b[i] - part) * much) as Colour
}

/** Relative luminance as WCAG defines it. */
function lightness(colour: Colour): number {
  const [red, green, blue] = colour.map((part) => {
    const c = part / 255
    return c <= 0.04045 ? c / 12.92 : ((c + 0.055) / 1.055) ** 2.4
  })
  return 0.2126 * red + 0.7152 * green + 0.0722 * blue
}
