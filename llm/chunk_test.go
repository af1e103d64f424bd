package llm

import (
	"encoding/json"
	"reflect"
	"strings"
	"testing"
)

// reference reads a chunk by the standard library.
type reference struct {
	ID      json.RawMessage `json:"id"`
	Error   json.RawMessage `json:"error"`
	Usage   usage           `json:"usage"`
	Choices []struct {
		Index   int             `json:"index"`
		Delta   referenceText   `json:"delta"`
		Message referenceText   `json:"message"`
		Finish  string          `json:"finish_reason"`
		Error   json.RawMessage `json:"error"`
	} `json:"choices"`
}

type referenceText struct {
	Content string `json:"content"`
	Refusal string `json:"refusal"`
}

func there(b json.RawMessage) bool { return len(b) > 0 && string(b) != "null" }

func (r reference) chunk() (c chunk) {
	var id string
	if json.Unmarshal(r.ID, &id) == nil {
		c.id = tidy(id)
	}
	c.failed, c.usage = there(r.Error), r.Usage
	for _, x := range r.Choices {
		c.choices = append(c.choices, choice{index: x.Index, problem: problem{failed: there(x.Error)}, delta: said{x.Delta.Content, x.Delta.Refusal},
			message: said{x.Message.Content, x.Message.Refusal}, finish: x.Finish})
	}
	return c
}

func TestChunksAreReadAsTheStandardLibraryReadsThem(t *testing.T) {
	t.Parallel()
	for _, text := range []string{
		``, ` `, `null`, `true`, `[]`, `{}`, `"x"`, `{`, `{"choices":[}`, `{"choices":[]} x`, "{\"choices\":[]}\r\n", `{"id":"a","id2":{}}`,
		`{"id":7,"choices":null}`, `{"id":"a\nb\u0000c\u00e9"}`, `{"id":"` + strings.Repeat("x", 200) + `"}`,
		`{"choices":{}}`, `{"choices":[null]}`, `{"choices":[7]}`, `{"choices":[[]]}`, `{"choices":[{}]}`,
		`{"choices":[{"index":"0"}]}`, `{"choices":[{"index":1.5}]}`, `{"choices":[{"index":1e3}]}`, `{"choices":[{"index":99999999999999999999}]}`,
		`{"choices":[{"index":-3,"delta":{"content":"a","refusal":"b"}},{"index":1,"message":{"content":"c"}}]}`,
		`{"choices":[{"delta":null,"message":null,"finish_reason":null,"error":null}],"error":null,"usage":null}`,
		`{"choices":[{"delta":{"content":null,"refusal":null}}]}`, `{"choices":[{"delta":{"content":7}}]}`, `{"choices":[{"delta":"x"}]}`,
		`{"choices":[{"delta":{"content":["x"]}}]}`, `{"choices":[{"finish_reason":7}]}`, `{"choices":[{"finish_reason":"stop"}]}`,
		`{"choices":[{"delta":{"content":"\ud83d\udc69\u200d\ud83d\udcbb é \"q\" \\ \/ \b\f\n\r\t \u2028 <b>"}}]}`,
		`{"choices":[{"delta":{"content":"\x"}}]}`, `{"choices":[{"delta":{"content":"open}}]}`, "{\"choices\":[{\"delta\":{\"content\":\"a\xffb\"}}]}",
		`{"usage":{"prompt_tokens":3,"completion_tokens":4,"total_tokens":7}}`, `{"usage":{"prompt_tokens":"3"}}`, `{"usage":{"prompt_tokens":0.5}}`, `{"usage":[]}`,
		`{"error":{"message":"m"}}`, `{"error":"x"}`, `{"error":false}`, `{"choices":[{"error":{"code":1}}]}`,
	} {
		var r reference
		want := json.Unmarshal([]byte(text), &r)
		got, err := readChunk([]byte(text))
		if (err == nil) != (want == nil) {
			if err == nil && strings.Contains(text, `\x`) {
				continue // an escape that is none is kept as it stands
			}
			t.Errorf("%s: %v, the standard library says %v", text, err, want)
		}
		if err == nil && !reflect.DeepEqual(got, r.chunk()) {
			t.Errorf("%s:\n%+v\n%+v", text, got, r.chunk())
		}
	}
}

func TestAChunkSaysWhyByItsCodeOnly(t *testing.T) {
	t.Parallel()
	for text, want := range map[string]Reason{
		`{"error":{"code":"insufficient_quota"}}`: NoCredit, `{"error":{"code":429}}`: statusReason(429, false), `{"error":{"code":200}}`: "",
		`{"error":{"code":null,"type":"server_error"}}`: Failed, `{"error":{"code":"?","type":"server_error"}}`: Failed,
		`{"error":{"code":["insufficient_quota"]}}`: "", `{"error":{"message":"insufficient_quota"}}`: "", `{"error":["insufficient_quota"]}`: "", `{"error":"server_error"}`: "",
	} {
		if c, err := readChunk([]byte(text)); err != nil || !c.failed || c.failure != want {
			t.Errorf("%s: %q, %v", text, c.failure, err)
		}
	}
}
