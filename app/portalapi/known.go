package portalapi

import (
	"context"
	"crypto/sha256"
	"encoding/base64"
	"encoding/binary"
	"errors"
	"hash/crc32"
	"strings"

	"matterline/app/chat"
)

// A device with many matters says which heads it knows, so that the portal sends only those that may differ. It puts the
// heads in buckets by their matter and sends a digest of each bucket. The portal answers with the heads of the buckets
// whose digests differ. That shows new, changed and lost matters alike, and neither side remembers anything.

// KnownHeader is the header with what a device knows.
const KnownHeader = "Matterline-Known"

const (
	// buckets makes the header 2.7 kB long, as proxies take at most 4 or 8 kB. Each changed matter brings the heads of its
	// whole bucket: 20 in a firm of 10,000 matters.
	buckets = 512
	// fewHeads are sent whole.
	fewHeads = 256
)

// digests has one digest for each bucket: of 32 bits, so a changed bucket looks unchanged once in four billion times.
// The totals of the next ping show that it isn't.
type digests [buckets]uint32

func bucketOf(matter string) int { return int(crc32.ChecksumIEEE([]byte(matter)) % buckets) }

// digests doesn't cover what only decides the order of pulling: it changes only together with the mark.
func (h Heads) digests() (d digests) {
	var text []byte
	for _, head := range h.Matters {
		text = append(append(text[:0], head.Matter...), ' ')
		text = binary.BigEndian.AppendUint64(text, uint64(head.Version))
		sum := sha256.Sum256(append(text, head.Mark...))
		d[bucketOf(head.Matter)] ^= binary.BigEndian.Uint32(sum[:]) // in any order
	}
	return d
}

// Known says for a request which heads a device knows: the epoch, and the digests in base64. It is empty for few heads.
func (h Heads) Known() string {
	if len(h.Matters) <= fewHeads {
		return ""
	}
	d := h.digests()
	bytes := make([]byte, 0, 4*buckets)
	for _, digest := range d {
		bytes = binary.BigEndian.AppendUint32(bytes, digest)
	}
	return h.Epoch + "." + base64.RawURLEncoding.EncodeToString(bytes)
}

// Unless returns only the heads that a device may not know. It returns all of them if known is of another epoch, empty or
// malformed.
func (h Heads) Unless(known string) Heads {
	epoch, text, _ := strings.Cut(known, ".")
	bytes, err := base64.RawURLEncoding.DecodeString(text)
	if epoch != h.Epoch || err != nil || len(bytes) != 4*buckets {
		return h
	}
	part := h
	part.Buckets, part.Matters = []int{}, []chat.Head{}
	for bucket, digest := range h.digests() {
		if digest != binary.BigEndian.Uint32(bytes[4*bucket:]) {
			part.Buckets = append(part.Buckets, bucket)
		}
	}
	differs := part.differs()
	for _, head := range h.Matters {
		if differs[bucketOf(head.Matter)] {
			part.Matters = append(part.Matters, head)
		}
	}
	return part
}

func (h Heads) differs() (differs [buckets]bool) {
	for _, bucket := range h.Buckets {
		differs[bucket] = true
	}
	return differs
}

var errNotComplete = errors.New("the portal's answer doesn't fit what it was asked")

// over completes heads from Unless with those that the device knows.
func (h Heads) over(known Heads) (Heads, error) {
	if h.Buckets == nil {
		return h, nil
	}
	for _, bucket := range h.Buckets {
		if bucket < 0 || bucket >= buckets {
			return h, errNotComplete
		}
	}
	differs := h.differs()
	for _, head := range known.Matters {
		if !differs[bucketOf(head.Matter)] {
			h.Matters = append(h.Matters, head)
		}
	}
	h.Buckets = nil
	return h, nil
}

// Heads asks for the heads with an ETag, for a device that knows some already. The answer has all of them. Those that
// the device knows are in it as they are in known.
func (c *Client) Heads(ctx context.Context, known Heads, etag string) (*MattersOutput, error) {
	out, err := Call(ctx, c, Matters, &MattersInput{IfNoneMatch: etag, Known: known.Known()})
	if err == nil {
		out.Body, err = out.Body.over(known)
	}
	return out, err
}
