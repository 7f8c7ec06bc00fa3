package records

import (
	"encoding/json"
	"fmt"
	"strconv"
	"strings"
	"sync"
)

// notices holds this node's commits until the other nodes are notified, and other nodes' commits until the watches here
// have them. Before open, it holds nothing.
type notices struct {
	node string // the id of this node, by which it knows its own notices

	mu       sync.Mutex
	out, in  chan struct{} // ready when there is something to send, or to pass on; nil until open
	unsent   matterChanges
	accounts map[string]struct{}
	received matterChanges
	// known learns from every notice.
	known known
}

func (n *notices) open() {
	n.mu.Lock()
	defer n.mu.Unlock()
	n.node = newMark()
	n.out, n.in = make(chan struct{}, 1), make(chan struct{}, 1)
	n.accounts = map[string]struct{}{}
}

// send adds a commit of this node, whose watches know of it.
func (n *notices) send(b broadcast) {
	n.mu.Lock()
	defer n.mu.Unlock()
	if n.out == nil || len(b.matters.all)+len(b.accounts) == 0 {
		return
	}
	for _, c := range b.matters.all {
		n.known.hear(c)
		c.readers = nil // the other nodes read them
		n.unsent.add(c)
		if merged := n.unsent.of(c.matter); !mayFit(merged.messages) {
			merged.messages = nil // the same
		}
	}
	for _, account := range b.accounts {
		n.accounts[account] = struct{}{}
	}
	wake(n.out)
}

// receive adds changes by others.
func (n *notices) receive(changes []matterChange) {
	n.mu.Lock()
	defer n.mu.Unlock()
	for _, c := range changes {
		n.known.hear(c)
		n.received.add(c)
	}
	if len(changes) > 0 {
		wake(n.in)
	}
}

// nextReceived takes the change that was received first. putBack returns it.
func (n *notices) nextReceived() (c matterChange, more bool) {
	n.mu.Lock()
	defer n.mu.Unlock()
	first := n.received.take(1)
	if len(first) == 0 {
		return c, false
	}
	return first[0], true
}

func (n *notices) putBack(c matterChange) {
	n.mu.Lock()
	defer n.mu.Unlock()
	n.received.putBack([]matterChange{c})
	wake(n.in)
}

// The words that may follow a matter, its version and its mark in a notice.
const (
	wordSince    = "since="     // and the version before: all changes since are messages
	wordAccess   = "access="    // and the version of the last change of access
	wordUsers    = "users"      // no participant sees a difference
	wordMessages = " messages=" // and these in JSON, at the end, if they fit
)

// mayFit reports whether messages may fit into a notice.
func mayFit(messages []LiveMessage) bool {
	size := 0
	for _, m := range messages {
		size += len(m.Text)
	}
	return size < maxNotice
}

// nextTexts takes what to send, in as few texts as possible. The first line of a text is the node's id. The others are
// "MATTER VERSION MARK" with the words above, or "account ID".
func (n *notices) nextTexts() (texts []string) {
	n.mu.Lock()
	defer n.mu.Unlock()
	var text strings.Builder
	finish := func() {
		if text.Len() > 0 {
			texts = append(texts, text.String())
			text.Reset()
		}
	}
	line := func(line string) {
		if text.Len()+len(line) > maxNotice {
			finish()
		}
		if text.Len() == 0 {
			text.WriteString(n.node + "\n")
		}
		text.WriteString(line + "\n")
	}
	for _, c := range n.unsent.take(len(n.unsent.all)) {
		words := fmt.Sprintf("%s %d %s", c.matter, c.at.Version, c.at.Mark)
		if c.onlyMessages {
			words += fmt.Sprintf(" %s%d", wordSince, c.since)
		}
		if c.access > 0 {
			words += fmt.Sprintf(" %s%d", wordAccess, c.access)
		}
		if c.usersOnly {
			words += " " + wordUsers
		}
		if messages, err := json.Marshal(c.messages); len(c.messages) > 0 && err == nil && len(n.node)+len(words)+len(wordMessages)+len(messages)+2 <= maxNotice {
			words += wordMessages + string(messages)
		}
		line(words)
	}
	for account := range n.accounts {
		line("account " + account)
	}
	clear(n.accounts)
	finish()
	return texts
}

// parseNotice returns what a text from another node says.
func parseNotice(text string) (b broadcast, err error) {
	_, lines, _ := strings.Cut(text, "\n")
	for line := range strings.Lines(lines) {
		change, messages, _ := strings.Cut(line, wordMessages)
		words := strings.Fields(change)
		switch {
		case len(words) == 2 && words[0] == "account":
			b.accounts = append(b.accounts, words[1])
		case len(words) >= 3:
			c, err := parseChange(words)
			if err != nil {
				return b, fmt.Errorf("notice %q: %w", change, err)
			}
			if err := json.Unmarshal([]byte(messages), &c.messages); err != nil || !c.consistsOf(c.messages) {
				c.messages = nil // to be read
			}
			b.matters.add(c)
		default:
			return b, fmt.Errorf("unknown notice %q", change)
		}
	}
	return b, nil
}

func parseChange(words []string) (c matterChange, err error) {
	c.matter, c.at.Mark = words[0], words[2]
	if c.at.Version, err = strconv.ParseInt(words[1], 10, 64); err != nil {
		return c, err
	}
	for _, word := range words[3:] {
		if since, found := strings.CutPrefix(word, wordSince); found {
			c.onlyMessages = true
			c.since, err = strconv.ParseInt(since, 10, 64)
		} else if access, found := strings.CutPrefix(word, wordAccess); found {
			c.access, err = strconv.ParseInt(access, 10, 64)
		} else if word == wordUsers {
			c.usersOnly = true
		} else {
			err = fmt.Errorf("unknown word %q", word)
		}
		if err != nil {
			return c, err
		}
	}
	return c, nil
}
