package portal

import (
	"context"
	"crypto/sha256"
	"encoding/hex"
	"encoding/json"
	"errors"
	"net/http"
	"strings"
	"time"

	"github.com/danielgtaylor/huma/v2"

	"matterline/app/chat"
	"matterline/app/portalapi"
	"matterline/app/records"
)

// serveContract serves all operations of the contract except the live stream.
func (p *portal) serveContract(api huma.API) {
	p.serveAccounts(api)
	p.serveAdministration(api)
	p.serveResets(api)
	p.serveCovers(api)
	p.serveErasures(api)
	p.serveTwoStep(api)
	p.servePasskeys(api)
	p.serveProvider(api)
	serve(p, api, portalapi.Matters, p.matters)
	serve(p, api, portalapi.Changes, func(ctx context.Context, c caller, in *portalapi.ChangesInput) (*portalapi.ChangesOutput, error) {
		page, err := p.store.Changes(ctx, c.Caller, in.Matter, records.Position{Version: in.After, Mark: in.Mark}, in.Limit)
		return &portalapi.ChangesOutput{Body: page}, err
	})
	serve(p, api, portalapi.SendMessages, p.sendMessages)
	serveChange(p, api, portalapi.MarkRead, p.markRead)
	serve(p, api, portalapi.Reminders, func(ctx context.Context, c caller, _ *portalapi.Nothing) (*portalapi.RemindersOutput, error) {
		reminders, err := p.store.Reminders(ctx, c.Caller)
		out := new(portalapi.RemindersOutput)
		out.Body.Version, out.Body.Reminders = reminders.Version, append([]chat.Reminder{}, reminders.All...)
		return out, err
	})
	serveChange(p, api, portalapi.SetReminders, func(ctx context.Context, c caller, in *portalapi.SetRemindersInput) error {
		for _, r := range in.Body.Reminders {
			if err := p.store.SetReminder(ctx, c.Caller, r); err != nil {
				return err
			}
		}
		return nil
	})
	serve(p, api, portalapi.ReportActivity, p.reportActivity)
	describeLive(api, portalapi.Live)
}

// serve serves one declared operation.
func serve[I, O any](p *portal, api huma.API, op portalapi.Op[I, O], handle func(context.Context, caller, *I) (*O, error)) {
	h := operation(api, op)
	h.Middlewares = huma.Middlewares{admit(p, op).middleware}
	huma.Register(api, h, func(ctx context.Context, in *I) (*O, error) {
		c, _ := callerOf(ctx) // admitted
		out, err := handle(ctx, c, in)
		if err != nil {
			return nil, p.problem(ctx, err)
		}
		return out, nil
	})
}

// serveChange serves an operation that returns nothing.
func serveChange[I any](p *portal, api huma.API, op portalapi.Op[I, portalapi.Nothing], handle func(context.Context, caller, *I) error) {
	serve(p, api, op, func(ctx context.Context, c caller, in *I) (*portalapi.Nothing, error) {
		return &portalapi.Nothing{}, handle(ctx, c, in)
	})
}

func operation[I, O any](api huma.API, op portalapi.Op[I, O]) huma.Operation {
	h := huma.Operation{
		OperationID: op.ID, Method: op.Method, Path: op.Path, Summary: op.Summary,
		MaxBodyBytes: -1, BodyReadTimeout: -1, // see admission
		Responses: map[string]*huma.Response{"default": problemResponse(api, op.Errors, op.Open)},
	}
	if !op.Open {
		h.Security = []map[string][]string{{"token": {}}, {"cookie": {}}}
	}
	return h
}

func problemResponse(api huma.API, codes []chat.Code, open bool) *huma.Response {
	text := "A problem with one of the codes malformed, internal, busy"
	if !open {
		text += ", signed_out"
	}
	for _, code := range codes {
		if code != chat.Busy {
			text += ", " + string(code)
		}
	}
	schema := api.OpenAPI().Components.Schemas.Schema(problemType, true, "")
	return &huma.Response{Description: text + ".", Content: map[string]*huma.MediaType{"application/problem+json": {Schema: schema}}}
}

// errUnavailable asks clients to come back soon: an operator may need minutes to free a disk, but a server that restarts
// is back within seconds.
var errUnavailable = chat.Errorf(chat.Busy, "", "The portal can't read or save anything right now. Try again in a few minutes.").After(time.Second)

// problem turns an error into a problem. It logs errors that operators should see.
func (p *portal) problem(ctx context.Context, err error) *portalapi.Problem {
	problem := portalapi.AsProblem(err)
	if problem.Code != chat.Internal {
		return problem
	}
	if ctx.Err() == nil {
		p.log.ErrorContext(ctx, "operation", "error", err)
	}
	if errors.Is(err, records.ErrUnavailable) {
		return portalapi.AsProblem(errUnavailable)
	}
	return problem
}

func (p *portal) matters(ctx context.Context, c caller, in *portalapi.MattersInput) (*portalapi.MattersOutput, error) {
	heads, err := p.heads(ctx, c.Caller)
	if err != nil {
		return nil, err
	}
	out := &portalapi.MattersOutput{Status: http.StatusOK, ETag: etag(heads), Body: heads.Unless(in.Known)}
	if matches(in.IfNoneMatch, out.ETag) {
		out.Status = http.StatusNotModified
	}
	return out, nil
}

func (p *portal) heads(ctx context.Context, c chat.Caller) (portalapi.Heads, error) {
	matters, err := p.store.Heads(ctx, c)
	heads := portalapi.Heads{Epoch: p.store.Epoch(), Level: portalapi.Level, Needs: portalapi.Needs, Matters: matters, Reminders: c.Reminders}
	if err == nil && c.User {
		heads.Copies, err = p.copyRules(ctx, c)
	}
	return heads, err
}

func (p *portal) copyRules(ctx context.Context, c chat.Caller) (*portalapi.CopyRules, error) {
	settings, err := p.store.Settings(ctx, c)
	return &portalapi.CopyRules{OfflineDays: settings.OfflineDays, ReadExpired: settings.ReadExpired}, err
}

func etag(heads portalapi.Heads) string {
	text, _ := json.Marshal(heads) // strings and numbers: never fails
	sum := sha256.Sum256(text)
	return `"` + hex.EncodeToString(sum[:12]) + `"`
}

// matches reports whether an If-None-Match header names the ETag. Proxies that compress answers make it a weak one.
func matches(ifNoneMatch, etag string) bool {
	for tag := range strings.SplitSeq(ifNoneMatch, ",") { // ours contain no commas
		if tag = strings.TrimPrefix(strings.TrimSpace(tag), "W/"); tag == etag || tag == "*" {
			return true
		}
	}
	return false
}

func (p *portal) sendMessages(ctx context.Context, c caller, in *portalapi.SendMessagesInput) (*portalapi.SendMessagesOutput, error) {
	allowed, refusal := p.sending.take(c.Caller, len(in.Body.Messages), time.Now())
	if allowed == 0 {
		return nil, refusal
	}
	messages := make([]records.Outgoing, allowed)
	for i, m := range in.Body.Messages[:allowed] {
		messages[i] = records.Outgoing(m)
	}
	results, err := p.store.Send(ctx, c.Caller, messages)
	if err != nil {
		return nil, err
	}
	out := new(portalapi.SendMessagesOutput)
	out.Body.Results = make([]portalapi.Result, len(results))
	for i, result := range results {
		out.Body.Results[i] = portalapi.Result{ID: messages[i].ID}
		if result.Err != nil {
			out.Body.Results[i].Error = p.problem(ctx, result.Err)
		} else {
			out.Body.Results[i].Message, out.Body.Results[i].Status = &result.Message, result.Status
			requestOf(ctx).Sent++
		}
	}
	for _, m := range in.Body.Messages[allowed:] {
		out.Body.Results = append(out.Body.Results, portalapi.Result{ID: m.ID, Error: portalapi.AsProblem(refusal)})
	}
	return out, nil
}

func (p *portal) markRead(ctx context.Context, c caller, in *portalapi.ReadsInput) error {
	for _, mark := range in.Body.Reads {
		if err := p.store.MarkRead(ctx, c.Caller, mark.Participant, mark.Upto); err != nil {
			return err
		}
	}
	return nil
}

func (p *portal) reportActivity(ctx context.Context, c caller, in *portalapi.ActivityInput) (*portalapi.ActivityOutput, error) {
	refusals, err := p.store.Report(ctx, c.Caller, in.Body.Reports)
	if err != nil {
		return nil, err
	}
	out := new(portalapi.ActivityOutput)
	for i, refusal := range refusals {
		result := portalapi.Result{ID: in.Body.Reports[i].ID}
		if refusal != nil {
			result.Error = p.problem(ctx, refusal)
		}
		out.Body.Results = append(out.Body.Results, result)
	}
	return out, nil
}
