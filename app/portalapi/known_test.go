package portalapi

import (
	"cmp"
	"encoding/base64"
	"encoding/json"
	"fmt"
	"math/rand/v2"
	"reflect"
	"slices"
	"strings"
	"testing"

	"matterline/app/chat"
)

// firmOf makes the heads of a firm with this many matters.
func firmOf(random *rand.Rand, matters int) Heads {
	heads := Heads{Epoch: "epoch", Level: 1, Needs: 1, Matters: []chat.Head{}}
	for range matters {
		heads.Matters = append(heads.Matters, touched(random, chat.Head{Matter: fmt.Sprintf("%016x%016x", random.Uint64(), random.Uint64())}))
	}
	return heads
}

// touched is a head after some changes in its matter.
func touched(random *rand.Rand, head chat.Head) chat.Head {
	head.Version += random.Int64N(100) + 1
	head.Mark = fmt.Sprintf("%012x", random.Uint64()>>16)
	head.Mine = random.IntN(4) == 0
	head.ActiveAt = random.Int64N(1 << 40)
	return head
}

// later makes later heads of a firm, of which the portal's data may have been put back to an earlier state.
func later(random *rand.Rand, heads Heads, changes int) Heads {
	heads.Matters = slices.Clone(heads.Matters)
	for range changes {
		i := random.IntN(len(heads.Matters))
		head := &heads.Matters[i]
		switch random.IntN(6) {
		case 0:
			heads.Matters = slices.Delete(heads.Matters, i, i+1)
		case 1:
			heads.Matters = append(heads.Matters, firmOf(random, 1).Matters...)
		case 2: // put back
			head.Version = random.Int64N(head.Version) + 1
			head.Mark = fmt.Sprintf("%012x", random.Uint64()>>16)
		case 3: // put back, and at the same version again
			head.Mark = fmt.Sprintf("%012x", random.Uint64()>>16)
		default:
			*head = touched(random, *head)
		}
	}
	return heads
}

// sent is an answer as it arrives.
func sent(t *testing.T, heads Heads) (arrived Heads, size int) {
	t.Helper()
	text, err := json.Marshal(heads)
	if err == nil {
		err = json.Unmarshal(text, &arrived)
	}
	if err != nil {
		t.Fatal(err)
	}
	return arrived, len(text)
}

func inOrder(heads Heads) Heads {
	heads.Matters = slices.SortedFunc(slices.Values(heads.Matters), func(a, b chat.Head) int { return cmp.Compare(a.Matter, b.Matter) })
	return heads
}

// Whatever has changed, the heads that a device knows and those that it gets are together the portal's.
func TestKnownHeadsAndAnswerAreTheHeads(t *testing.T) {
	for seed := range uint64(300) {
		random := rand.New(rand.NewPCG(seed, 0))
		known := firmOf(random, 1+random.IntN(1500))
		now := later(random, known, random.IntN(40)*random.IntN(len(known.Matters))/40)
		random.Shuffle(len(known.Matters), func(i, j int) {
			known.Matters[i], known.Matters[j] = known.Matters[j], known.Matters[i]
		})
		if seed%10 == 0 {
			now.Epoch = "another"
		}
		answer, _ := sent(t, now.Unless(known.Known()))
		got, err := answer.over(known)
		if err != nil || !reflect.DeepEqual(inOrder(got), inOrder(now)) {
			t.Fatalf("seed %d: %v\ngot  %v\nwant %v", seed, err, inOrder(got), inOrder(now))
		}
		if whole := answer.Buckets == nil; whole != (now.Epoch != known.Epoch || len(known.Matters) <= fewHeads) {
			t.Fatalf("seed %d: whole: %v, %d matters", seed, whole, len(known.Matters))
		}
	}
}

// The answer grows with what has changed, and not with the firm.
func TestAnswerHasLittleButWhatChanged(t *testing.T) {
	random := rand.New(rand.NewPCG(1, 0))
	known := firmOf(random, 10_000)
	_, all := sent(t, known)
	if length := len(known.Known()); length > 4000 { // some proxies take no longer lines
		t.Errorf("a header of %d bytes", length)
	}
	for _, tt := range []struct{ changes, most int }{{0, 200}, {1, all / 250}, {100, all / 4}} {
		answer, size := sent(t, later(random, known, tt.changes).Unless(known.Known()))
		if answer.Buckets == nil || size > tt.most {
			t.Errorf("%d changes: %d of %d bytes, more than %d", tt.changes, size, all, tt.most)
		}
	}
}

func TestMalformedKnownGetsAllHeads(t *testing.T) {
	heads := firmOf(rand.New(rand.NewPCG(1, 0)), 300)
	right := heads.Known()
	for _, known := range []string{
		"", ".", heads.Epoch, heads.Epoch + ".", right[:len(right)-4], right + "AAAA", right + "=", "x" + right,
		heads.Epoch + "." + strings.Repeat("!", len(right)), heads.Epoch + "." + base64.RawURLEncoding.EncodeToString(make([]byte, 4*buckets+4)),
	} {
		if got := heads.Unless(known); got.Buckets != nil || len(got.Matters) != 300 {
			t.Errorf("%q: %d heads, buckets %v", known, len(got.Matters), got.Buckets)
		}
	}
	for _, bucket := range []int{-1, buckets} {
		if got, err := (Heads{Buckets: []int{bucket}}).over(heads); err == nil {
			t.Errorf("bucket %d: %v", bucket, got)
		}
	}
}
