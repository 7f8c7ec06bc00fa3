// Package replicatest helps tests that use a replica: it sends single messages, reads the whole copy and plays the sync
// vectors.
package replicatest

import (
	"context"

	"matterline/app/replica"
)

// Send sends a message to one participant. It leaves at once.
func Send(ctx context.Context, r *replica.Replica, participant, text string, setStatus bool) (m replica.Message, err error) {
	messages, err := r.Send(ctx, replica.Outgoing{Draft: participant, To: []string{participant}, Text: text, SetStatus: setStatus})
	if err != nil {
		return m, err
	}
	return messages[0], nil
}
