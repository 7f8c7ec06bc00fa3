// Package replicatest helps tests that use a replica: it sends single messages and reads the whole copy.
package replicatest

import (
	"context"

	"matterline/app/replica"
)

// Send sends a message to one participant. It leaves at once.
func Send(ctx context.Context, r *replica.Replica, participant, text string, setStatus bool) (m replica.Message, err error) {
	messages, err := r.Say(ctx, replica.Saying{Draft: participant, To: []string{participant}, Text: text, SetStatus: setStatus})
	if err != nil {
		return m, err
	}
	return messages[0], nil
}
