package llm_test

import (
	"strings"
	"testing"

	"aimyorg/llm"
)

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
		ours, theirs, err, want := llm.ReadTwice(text)
		if (err == nil) != (want == nil) {
			if err == nil && strings.Contains(text, `\x`) {
				continue // an escape that is none is kept as it stands
			}
			t.Errorf("%s: %v, the standard library says %v", text, err, want)
		}
		if err == nil && ours != theirs {
			t.Errorf("%s:\n%s\n%s", text, ours, theirs)
		}
	}
}

func TestAChunkSaysWhyByItsCodeOnly(t *testing.T) {
	t.Parallel()
	for text, want := range map[string]llm.Reason{
		`{"error":{"code":"insufficient_quota"}}`: llm.NoCredit, `{"error":{"code":429}}`: llm.StatusReason(429), `{"error":{"code":200}}`: "",
		`{"error":{"code":null,"type":"server_error"}}`: llm.Failed, `{"error":{"code":"?","type":"server_error"}}`: llm.Failed,
		`{"error":{"code":["insufficient_quota"]}}`: "", `{"error":{"message":"insufficient_quota"}}`: "", `{"error":["insufficient_quota"]}`: "", `{"error":"server_error"}`: "",
	} {
		if failed, why, err := llm.FailureIn(text); err != nil || !failed || why != want {
			t.Errorf("%s: %q, %v", text, why, err)
		}
	}
}
