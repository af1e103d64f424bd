package words

// answer is the sentence for a reason, and whether waiting helps, so that a time to wait is worth saying.
type answer struct {
	text  string
	waits bool
}

// refusedAnswers are the reasons that an answer shares with a refused request: the sentence differs, because a question
// was kept.
var refusedAnswers = map[string]string{
	AIOff:           "AI is off in your organization, so nothing was sent. Your question is kept.",
	ProviderOff:     "Your organization has not allowed this AI provider, so nothing was sent. Your question is kept.",
	ConsentRequired: "Nothing was sent, because you have not agreed to it. Your question is kept.",
	ModelRefused:    "This model can't be used with this provider, so nothing was sent. An admin can choose another one.",
	NotRecordable:   "What would be sent could not be recorded, so nothing was sent. Try again in a moment.",
}

// answers has a sentence for every code of llm.Reasons that refusedAnswers leaves.
var answers = map[string]answer{
	"consent_withdrawn":      {"You withdrew consent; the answer was cut here.", false},
	"provider_not_addressed": {"The AI provider is not set up completely, so nothing was sent. An admin can see what is missing.", false},
	"egress_refused":         {"The request was not what you had agreed to, so nothing was sent. Try again.", false},
	"signed_out":             {"You were signed out, so the answer was cut here.", false},
	"provider_unauthorized":  {"The AI provider did not accept your organization's key. An admin can replace it.", false},
	"provider_no_credit":     {"Your organization's account with the AI provider has no credit left. An admin can add some there.", false},
	"provider_busy":          {"The AI provider is busy.", true},
	"model_not_found":        {"The AI provider does not know this model. An admin can choose another one.", false},
	"provider_rejected":      {"The AI provider did not accept the request. Try a shorter question.", false},
	"provider_failed":        {"The AI provider had a fault. What had been written is kept.", true},
	"provider_malformed":     {"The AI provider sent something that is not an answer. What had been written is kept.", true},
	"provider_stalled":       {"The AI provider went silent. What had been written is kept.", true},
	"provider_cut_off":       {"The connection to the AI provider ended before the answer did. What had been written is kept.", true},
	"provider_refused":       {"The AI provider declined to answer this. Asking in other words may help.", false},
	"answer_truncated":       {"The answer reached its longest allowed length and ends here.", false},
	"provider_empty":         {"The AI provider answered without a word.", true},
	"provider_unreachable":   {"The AI provider could not be reached.", true},
	"provider_violation":     {"A provider that your organization has not allowed answered, so its answer was withheld.", false},
	"stopped":                {"You stopped this answer. What had been written is kept.", false},
	"server_stopped":         {"The server restarted while this was being written. What had been written is kept.", false},
	"storage_unavailable":    {"The answer could not be saved. What had been saved is kept.", false},
	"internal":               {"Something went wrong on our side. What had been written is kept.", false},
}
