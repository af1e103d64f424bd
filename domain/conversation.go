package domain

import (
	"strings"
	"time"
	"unicode/utf8"
)

// Conversation is a thread of messages with the Copilot, private to its member.
type Conversation struct {
	ID        ID
	Title     string
	CreatedAt time.Time
	UpdatedAt time.Time
}

// MessageState is how far a message is: pending → streaming → done | stopped | interrupted | failed.
type MessageState string

// The states of a message. A question is done at once.
const (
	MessagePending     MessageState = "pending"
	MessageStreaming   MessageState = "streaming"
	MessageDone        MessageState = "done"
	MessageStopped     MessageState = "stopped"
	MessageInterrupted MessageState = "interrupted"
	MessageFailed      MessageState = "failed"
)

// Over says that nothing more will be written to the message.
func (s MessageState) Over() bool { return s != MessagePending && s != MessageStreaming }

// Retryable says that asking again makes sense.
func (s MessageState) Retryable() bool {
	return s == MessageStopped || s == MessageInterrupted || s == MessageFailed
}

// Message is one question or one answer.
type Message struct {
	ID, Conversation ID
	Answer           bool // false: the person's question
	Question         ID   // of an answer: what it answers
	First            bool // of a question just asked: it began its conversation
	About            ID   // of a question: the document that it was asked beside, or ""
	Text             string
	State            MessageState
	Reason           string // a stable code when it stopped, was cut or failed
	RetryAfter       int    // seconds, when the provider said so
	Provider         Provider
	Model            string
	Quoting          bool // made by quoting passages, without a provider
	Withheld         int  // sources left out because AI may not see them
	Citations        []Citation
	Receipt          ID // the egress receipt, if a request was made
	CreatedAt        time.Time
	FinishedAt       time.Time
}

// Citation is a numbered reference from an answer to the passage that it used.
type Citation struct {
	Number        int
	Document      ID
	Version       ID
	VersionNumber int
	Passage       int // ordinal
	Title, Place  string
	Snippet       string
	Gone          bool // deleted, or no longer readable by the person
}

// MaxQuestionBytes bounds one question (HOSTILE A114).
const MaxQuestionBytes = 16 << 10

// QuestionProblems says what is wrong with a question.
func QuestionProblems(text string) Problems {
	var p Problems
	p.Add(text == "", "text", "required", "Type a question first.")
	p.Add(len(text) > MaxQuestionBytes, "text", "too_long", "A question holds at most 16 KB. Put long texts into a document.")
	return p
}

// TitleFrom makes a conversation's first title out of its first question.
func TitleFrom(question string) string {
	line := Line(question)
	if utf8.RuneCountInString(line) <= 60 {
		return line
	}
	cut := string([]rune(line)[:60])
	if i := strings.LastIndexByte(cut, ' '); i > 30 {
		cut = cut[:i]
	}
	return cut + "…"
}
