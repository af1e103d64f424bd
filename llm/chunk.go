package llm

import (
	"errors"
	"strings"

	"github.com/valyala/fastjson"
)

// chunk is the part of a chat completion (chunk) that is read.
type chunk struct {
	names
	problem
	usage   usage
	choices []choice
}

// names are the same in every chunk of an answer.
type names struct{ id, model, provider word }

type choice struct {
	index int
	problem
	delta, message said
	finish         string
}

// said is text. Tool calls are not read: none is offered, so none may come.
type said struct{ content, refusal string }

// problem is whether something came as an error, and which reason its code stands for, "" when for none.
type problem struct {
	failed  bool
	failure Reason
}

// parsers are shared: a thousand answers read a token each now and then.
var parsers fastjson.ParserPool

// readChunk reads one JSON document; before are the names in the one before. Everything in it that is read is copied. It
// fails where the document is no JSON, or something that matters is of another type than it has to be.
func readChunk(data []byte, before names) (chunk, error) {
	p := parsers.Get()
	defer parsers.Put(p)
	v, err := p.ParseBytes(data)
	if err != nil {
		return chunk{}, err
	}
	f := object(v)
	c := chunk{names: names{f.word("id", before.id), f.word("model", before.model), f.word("provider", before.provider)},
		problem: f.problem("error")}
	if u := f.within("usage"); u.of != nil {
		c.usage = usage{Prompt: u.integer("prompt_tokens"), Completion: u.integer("completion_tokens")}
		f.err = errors.Join(f.err, u.err)
	}
	for _, v := range f.list("choices") {
		one := object(v)
		c.choices = append(c.choices, choice{index: one.integer("index"), problem: one.problem("error"), delta: one.said("delta"),
			message: one.said("message"), finish: one.text("finish_reason")})
		f.err = errors.Join(f.err, one.err)
	}
	return c, f.err
}

var errType = errors.New("a value of another type")

// fields reads an object's; err is what was of another type. null is like nothing.
type fields struct {
	of  *fastjson.Value
	err error
}

func object(v *fastjson.Value) fields {
	f := fields{of: v}
	if kind := v.Type(); kind != fastjson.TypeObject && kind != fastjson.TypeNull {
		f.err = errType
	}
	return f
}

func (f *fields) get(name string, want fastjson.Type) *fastjson.Value {
	v := f.of.Get(name)
	if v == nil || v.Type() == fastjson.TypeNull {
		return nil
	}
	if v.Type() != want {
		f.err = errType
		return nil
	}
	return v
}

func (f *fields) text(name string) string {
	v := f.get(name, fastjson.TypeString)
	if v == nil {
		return ""
	}
	return strings.ToValidUTF8(string(v.GetStringBytes()), "\uFFFD")
}

func (f *fields) integer(name string) int {
	v := f.get(name, fastjson.TypeNumber)
	if v == nil {
		return 0
	}
	n, err := v.Int()
	if err != nil {
		f.err = errType
	}
	return n
}

func (f *fields) list(name string) []*fastjson.Value {
	v := f.get(name, fastjson.TypeArray)
	if v == nil {
		return nil
	}
	return v.GetArray()
}

func (f *fields) within(name string) fields { return fields{of: f.get(name, fastjson.TypeObject)} }

func (f *fields) said(name string) said {
	in := f.within(name)
	if in.of == nil {
		return said{}
	}
	s := said{content: in.text("content"), refusal: in.text("refusal")}
	f.err = errors.Join(f.err, in.err)
	return s
}

// word never fails: a name of the wrong type says nothing about the answer. The same as before is not copied again.
func (f *fields) word(name string, before word) word {
	v := f.of.Get(name)
	if v != nil && v.Type() == fastjson.TypeString && string(v.GetStringBytes()) == string(before) {
		return before
	}
	return wordOf(v)
}

func wordOf(v *fastjson.Value) word {
	if v == nil || v.Type() != fastjson.TypeString {
		return ""
	}
	return tidy(string(v.GetStringBytes()))
}

// problem reads only the code of an error: a number is a status, words are matched against the known ones. Its message is
// never looked at.
func (f *fields) problem(name string) problem {
	v := f.of.Get(name)
	if v == nil || v.Type() == fastjson.TypeNull {
		return problem{}
	}
	if status := v.GetInt("code"); status >= 400 {
		return problem{true, statusReason(status, false)}
	}
	return problem{true, orDefault(errorCodes[wordOf(v.Get("code"))], errorCodes[wordOf(v.Get("type"))])}
}

var errorCodes = map[word]Reason{
	"insufficient_quota":    NoCredit,
	"rate_limit_exceeded":   Busy,
	"invalid_api_key":       Unauthorized,
	"model_not_found":       ModelNotFound,
	"content_filter":        ProviderNo,
	"content_policy":        ProviderNo,
	"server_error":          Failed,
	"invalid_request_error": Rejected,
}
