package llmtest

import (
	"encoding/json"
	"fmt"
	"net"
	"net/http"
	"strings"
	"time"
)

// Exchange is a request being answered.
type Exchange struct {
	http.ResponseWriter
	Request *http.Request
	Body    []byte
}

// Reply answers one request.
type Reply func(x *Exchange)

// Model is the model that was asked for.
func (x *Exchange) Model() string {
	var b struct {
		Model string `json:"model"`
	}
	_ = json.Unmarshal(x.Body, &b)
	return b.Model
}

// Streaming says whether a stream was asked for.
func (x *Exchange) Streaming() bool {
	var b struct {
		Stream bool `json:"stream"`
	}
	return json.Unmarshal(x.Body, &b) == nil && b.Stream
}

// Wait pauses; false when the client left meanwhile.
func (x *Exchange) Wait(d time.Duration) bool {
	select {
	case <-x.Request.Context().Done():
		return false
	case <-time.After(d):
		return true
	}
}

// Hang waits until the client leaves.
func (x *Exchange) Hang() { <-x.Request.Context().Done() }

// Raw sends raw text at once.
func (x *Exchange) Raw(s string) {
	_, _ = x.Write([]byte(s))
	_ = http.NewResponseController(x.ResponseWriter).Flush()
}

// Begin sends the head of an event stream.
func (x *Exchange) Begin() {
	x.Header().Set("Content-Type", "text/event-stream; charset=utf-8")
	x.Header().Set("X-Request-Id", "req_scripted")
	x.WriteHeader(http.StatusOK)
	_ = http.NewResponseController(x.ResponseWriter).Flush()
}

// Event sends one data line.
func (x *Exchange) Event(v any) {
	b, _ := json.Marshal(v)
	x.Raw("data: " + string(b) + "\n\n")
}

// M is a JSON object.
type M = map[string]any

// Chunk is one chunk of a stream in OpenAI's shape.
func (x *Exchange) Chunk(delta M, finish any) M {
	return M{"id": "chatcmpl-scripted", "object": "chat.completion.chunk", "created": 1767225600, "model": x.Model() + "-2026",
		"choices": []M{{"index": 0, "delta": delta, "finish_reason": finish}}}
}

// Text sends one piece of text.
func (x *Exchange) Text(s string) { x.Event(x.Chunk(M{"content": s}, nil)) }

// Finish sends the finish reason, the usage and [DONE].
func (x *Exchange) Finish(reason string) {
	x.Event(x.Chunk(M{}, reason))
	x.Event(M{"id": "chatcmpl-scripted", "model": x.Model() + "-2026", "choices": []M{},
		"usage": M{"prompt_tokens": 321, "completion_tokens": 12, "total_tokens": 333}})
	x.Raw("data: [DONE]\n\n")
}

// Reset cuts the TCP connection.
func (x *Exchange) Reset() {
	conn, _, err := http.NewResponseController(x.ResponseWriter).Hijack()
	if err != nil {
		return
	}
	if tcp, ok := conn.(*net.TCPConn); ok {
		_ = tcp.SetLinger(0)
	}
	_ = conn.Close()
}

// Say streams tokens, or gives them in one piece when no stream is asked for.
func Say(tokens ...string) Reply { return Slowly(0, tokens...) }

// Slowly streams tokens with a pause after each.
func Slowly(pause time.Duration, tokens ...string) Reply {
	return func(x *Exchange) {
		if !x.Streaming() {
			Whole(strings.Join(tokens, ""))(x)
			return
		}
		x.Begin()
		x.Event(x.Chunk(M{"role": "assistant", "content": ""}, nil))
		for _, s := range tokens {
			x.Text(s)
			if pause > 0 && !x.Wait(pause) {
				return
			}
		}
		x.Finish("stop")
	}
}

// Gated streams each token only when the gate lets it: send once per token, or close to let all go.
func Gated(gate <-chan struct{}, tokens ...string) Reply {
	return func(x *Exchange) {
		x.Begin()
		for _, s := range tokens {
			select {
			case <-gate:
			case <-x.Request.Context().Done():
				return
			}
			x.Text(s)
		}
		x.Finish("stop")
	}
}

// Whole gives an answer in one JSON document.
func Whole(text string) Reply {
	return func(x *Exchange) {
		x.Header().Set("Content-Type", "application/json")
		_ = json.NewEncoder(x).Encode(M{"id": "chatcmpl-scripted", "object": "chat.completion", "model": x.Model(),
			"choices": []M{{"index": 0, "message": M{"role": "assistant", "content": text}, "finish_reason": "stop"}},
			"usage":   M{"prompt_tokens": 321, "completion_tokens": 12, "total_tokens": 333}})
	}
}

// OpenRouter streams as OpenRouter does: comments while it looks for a provider, whose name is in each chunk.
func OpenRouter(servedBy string, tokens ...string) Reply {
	return func(x *Exchange) {
		x.Begin()
		x.Raw(": OPENROUTER PROCESSING\n\n")
		x.Raw(": OPENROUTER PROCESSING\n\n")
		for i, s := range tokens {
			c := x.Chunk(M{"role": "assistant", "content": s}, nil)
			c["id"], c["provider"], c["model"] = "gen-scripted", servedBy, x.Model()
			if i == len(tokens)-1 {
				c["choices"].([]M)[0]["finish_reason"] = "stop"
			}
			x.Event(c)
		}
		x.Event(M{"id": "gen-scripted", "provider": servedBy, "model": x.Model(), "choices": []M{{"index": 0,
			"delta": M{"role": "assistant", "content": ""}, "finish_reason": nil}},
			"usage": M{"prompt_tokens": 321, "completion_tokens": 12, "total_tokens": 333, "cost": 0.00042}})
		x.Raw("data: [DONE]\n\n")
	}
}

// Status answers with an error status and OpenAI's error body, whose message holds Leak.
func Status(code int, errorCode string, header ...string) Reply {
	return func(x *Exchange) {
		for i := 0; i+1 < len(header); i += 2 {
			x.Header().Set(header[i], header[i+1])
		}
		x.Header().Set("Content-Type", "application/json")
		x.WriteHeader(code)
		_ = json.NewEncoder(x).Encode(M{"error": M{"message": Leak + " sk-live-123", "type": "requests", "code": errorCode}})
	}
}

// Leak is in every error text of the provider; no error, log or page may show it.
const Leak = "LEAKED-PROVIDER-TEXT"

// HTML answers with a proxy's page.
func HTML(code int) Reply {
	return func(x *Exchange) {
		x.Header().Set("Content-Type", "text/html")
		x.WriteHeader(code)
		x.Raw("<html><h1>" + fmt.Sprint(code) + " " + Leak + "</h1></html>")
	}
}

// After streams some text first and then does what then says.
func After(text string, then Reply) Reply {
	return func(x *Exchange) {
		x.Begin()
		x.Text(text)
		then(x)
	}
}
