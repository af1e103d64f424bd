package words

import "aimyorg/domain"

// NeverSent is what no request to a provider carries (P42).
var NeverSent = []string{
	"Your name, email address and password",
	"Documents that you may not read, or that are not for AI",
	"Anything that the question does not need",
}

// ConsentSends says in words what answering a question can send.
func ConsentSends() []string {
	out := make([]string, len(domain.CopilotClasses))
	for i, c := range domain.CopilotClasses {
		out[i] = c.Sends()
	}
	return out
}

// ConsentTitle is what is agreed to.
func ConsentTitle(p domain.Provider) string {
	if p == domain.Compatible {
		return "Let your organization's AI server write answers"
	}
	return "Let " + p.Name() + " write answers for you"
}

// ConsentExplains is the sentence under the title.
const ConsentExplains = "To write an answer, what is listed here is sent at the moment you ask, and never otherwise. " +
	"Everything else works without it."

// KeptThere says how long a recipient keeps what it got, with the exceptions that it publishes.
func KeptThere(p domain.Provider) string {
	switch p {
	case domain.OpenAI:
		return "Up to 30 days in its logs against abuse, and longer where safety or law require it; not used for training"
	case domain.OpenRouter:
		return "Only providers that say they store nothing are asked; content flagged in safety screening may be kept; not used for training"
	}
	return "For its operator to say"
}

// Sent says what left the building for an answer: "4 passages from 2 documents went to OpenAI".
func Sent(passages, documents int, p domain.Provider) string {
	to := ProviderInSentence(p)
	if passages == 0 {
		return "Your question went to " + to
	}
	return Count(passages, "passage", "passages") + " from " + Count(documents, "document", "documents") + " went to " + to
}

// NothingLeft is what is said of an answer that quotes.
const NothingLeft = "Nothing left: this answer quotes your documents"

// Withheld says that documents were left out because AI may not see them, or "" when none were.
func Withheld(n int) string {
	switch n {
	case 0:
		return ""
	case 1:
		return "1 document that might help is not for AI and was left out."
	}
	return Number(int64(n)) + " documents that might help are not for AI and were left out."
}

// ProviderInSentence names a recipient inside a sentence.
func ProviderInSentence(p domain.Provider) string {
	if p == domain.Compatible {
		return "your own AI server"
	}
	return p.Name()
}
