package llmtest

import (
	"net/http"
	"strings"
	"time"
)

// Fault is one misbehaviour of a provider, by name: scripts of the development command and of e2e tests name them.
type Fault struct {
	Name   string
	Reply  Reply
	Reason string // the stable code that the product must show
	Keeps  string // the text that must be kept
}

const kept = "What came first [1]. "

// Faults are the misbehaviours that the product must survive (issue 2, item 10). The two that wait for a time-out need
// a gate with short ones.
func Faults() []Fault {
	return []Fault{
		{"401", Status(http.StatusUnauthorized, "invalid_api_key"), "provider_unauthorized", ""},
		{"403", Status(http.StatusForbidden, ""), "provider_unauthorized", ""},
		{"402 credit", Status(http.StatusPaymentRequired, ""), "provider_no_credit", ""},
		{"404 model", Status(http.StatusNotFound, "model_not_found"), "model_not_found", ""},
		{"400", Status(http.StatusBadRequest, "invalid_request_error"), "provider_rejected", ""},
		{"429 seconds", Status(http.StatusTooManyRequests, "rate_limit_exceeded", "Retry-After", "7"), "provider_busy", ""},
		{"429 quota", Status(http.StatusTooManyRequests, "insufficient_quota"), "provider_no_credit", ""},
		{"503 busy", Status(http.StatusServiceUnavailable, "", "Retry-After", "30"), "provider_busy", ""},
		{"500", Status(http.StatusInternalServerError, "server_error"), "provider_failed", ""},
		{"502 html", HTML(http.StatusBadGateway), "provider_failed", ""},
		{"redirect", Redirect, "provider_malformed", ""},
		{"malformed line", After(kept, malformed), "provider_malformed", kept},
		{"stall", After(kept, (*Exchange).Hang), "provider_stalled", kept},
		{"slow first byte", (*Exchange).Hang, "provider_stalled", ""},
		{"cut without done", After(kept, func(*Exchange) {}), "provider_cut_off", kept},
		{"reset", After(kept, reset), "provider_cut_off", kept},
		{"reset before head", (*Exchange).Reset, "provider_cut_off", ""},
		{"200 error body", errorBody, "provider_failed", ""},
		{"200 html", HTML(http.StatusOK), "provider_malformed", ""},
		{"empty", finish("", "stop"), "provider_empty", ""},
		{"error event", After(kept, errorEvent), "provider_failed", kept},
		{"busy event", After(kept, busyEvent), "provider_busy", kept},
		{"content filter", finish(kept, "content_filter"), "provider_refused", kept},
		{"refusal", refusal, "provider_refused", "I can't help with that."},
		{"length", finish(kept, "length"), "answer_truncated", kept},
		{"endless line", After(kept, endlessLine), "provider_malformed", kept},
		{"wrong content type", wrongType, "provider_malformed", ""},
		{"tool calls", toolCalls, "provider_empty", ""},
	}
}

// FaultNamed finds a fault.
func FaultNamed(name string) (Reply, bool) {
	for _, f := range Faults() {
		if f.Name == name {
			return f.Reply, true
		}
	}
	return nil, false
}

// Redirect points to another path of the same provider.
func Redirect(x *Exchange) {
	x.Header().Set("Location", "/v2/chat/completions")
	x.WriteHeader(http.StatusTemporaryRedirect)
}

// HugeLine sends a well-formed chunk whose line is longer than langchaingo could read.
func HugeLine(bytes int) Reply {
	return func(x *Exchange) {
		x.Begin()
		x.Text(strings.Repeat("long ", bytes/5))
		x.Finish("stop")
	}
}

func malformed(x *Exchange) {
	x.Raw("data: {\"choices\":[{\"delta\":{\"content\":\"" + Leak + "\"\n\n")
	x.Hang()
}

func reset(x *Exchange) {
	if x.Wait(20 * time.Millisecond) { // let the text arrive before the reset discards it
		x.Reset()
	}
}

func errorBody(x *Exchange) {
	x.Header().Set("Content-Type", "application/json")
	x.Raw(`{"error":{"code":502,"message":"` + Leak + `","metadata":{"raw":"x"}},"user_id":"u"}`)
}

func errorEvent(x *Exchange) {
	c := x.Chunk(M{"content": ""}, "error")
	c["error"] = M{"code": "server_error", "message": Leak}
	x.Event(c)
}

func busyEvent(x *Exchange) { x.Event(M{"error": M{"code": 429, "message": Leak}}) }

func finish(text, reason string) Reply {
	return func(x *Exchange) {
		x.Begin()
		if text != "" {
			x.Text(text)
		}
		x.Finish(reason)
	}
}

func refusal(x *Exchange) {
	x.Begin()
	x.Event(x.Chunk(M{"refusal": "I can't help "}, nil))
	x.Event(x.Chunk(M{"refusal": "with that."}, nil))
	x.Finish("stop")
}

func endlessLine(x *Exchange) {
	x.Raw("data: {\"x\":\"")
	for range 40 {
		x.Raw(strings.Repeat("x", 64<<10))
	}
	x.Hang()
}

func wrongType(x *Exchange) {
	x.Header().Set("Content-Type", "text/plain")
	x.Raw("data: {\"choices\":[{\"delta\":{\"content\":\"" + Leak + "\"}}]}\n\ndata: [DONE]\n\n")
}

func toolCalls(x *Exchange) {
	x.Begin()
	for i := range 2 {
		x.Event(x.Chunk(M{"tool_calls": []M{{"index": i, "id": "call", "type": "function",
			"function": M{"name": "send_email", "arguments": "{\"to\":\"evil@example.com\"}"}}}}, nil))
	}
	x.Finish("tool_calls")
}
