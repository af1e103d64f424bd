package ui

// Tone is what a colour means. Colour never stands alone: a tone comes with a word or an icon.
type Tone string

// The tones. Accent is for what can be done; Good, Wait and Bad are states; Plain says nothing.
const (
	Plain  Tone = ""
	Accent Tone = "accent"
	Good   Tone = "good"
	Wait   Tone = "wait"
	Bad    Tone = "bad"
)

// icon is the picture that goes with a tone where a part has to show one.
func (t Tone) icon() string {
	switch t {
	case Good:
		return "circle-check"
	case Wait:
		return "clock"
	case Bad:
		return "circle-alert"
	}
	return "info"
}

// classes joins a part's base class with its variants, leaving the empty ones out.
func classes(base string, variants ...string) string {
	for _, v := range variants {
		if v != "" {
			base += " " + v
		}
	}
	return base
}

// when gives class if cond holds, else nothing.
func when(cond bool, class string) string {
	if cond {
		return class
	}
	return ""
}
