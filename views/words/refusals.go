package words

var refused = map[string]string{
	AIOff:           "AI is off in your organization. An owner or admin can switch it on.",
	ProviderOff:     "Your organization has not allowed this AI provider. An owner or admin can allow it.",
	ConsentRequired: "This needs your consent first: it would send what you write to an AI provider.",
	ModelRefused:    "This model can't be used with this provider. Choose another one.",
	NotRecordable:   "What would be sent could not be recorded, so nothing was sent. Try again in a moment.",
	"not_permitted": "Your role doesn't allow this. An owner or admin can do it, or change your role.",
	"cross_site":    "This request came from another site and was not followed. Open the page here and try again.",
	"leaving":       "Your organization is being closed, so nothing new can be written. Reading and exporting still work.",
}

// Refused says why something that is switched off or not agreed to did not happen, for a domain.Refused's code.
func Refused(code string) string {
	if s, ok := refused[code]; ok {
		return s
	}
	return "This is not allowed here."
}
