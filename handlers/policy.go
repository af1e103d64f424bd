package handlers

import (
	"strconv"

	"aimyorg/domain"
	"aimyorg/store"
	"aimyorg/views/policy"
)

// showPrivacy is the policy whose text this is, with its version and date (P1): anybody can read it.
func (q *request) showPrivacy() error { return q.privacy(func(store.Policy) bool { return true }) }

// showPrivacyVersion is one version by its number. Only the text that the server carries can be shown.
func (q *request) showPrivacyVersion() error {
	number := q.c.Params("version")
	return q.privacy(func(p store.Policy) bool { return strconv.Itoa(p.Version) == number })
}

// privacy shows the text under the newest version whose recorded digest is the text's own: a text that was changed without
// a version is not passed off as one.
func (q *request) privacy(wanted func(store.Policy) bool) error {
	all, err := q.DB.Policies(q.ctx)
	if err != nil {
		return err
	}
	digest := store.Digest(q.Policy)
	page := policy.PrivacyPage{Now: q.now}
	for _, p := range all {
		v := policy.Version{Number: p.Version, Hash: p.TextHash, Material: p.Material,
			Published: p.PublishedAt.UTC(), Effective: p.EffectiveAt.UTC()}
		page.Versions = append(page.Versions, v)
		if page.Version.Number == 0 && p.TextHash == digest && wanted(p) {
			page.Version = v
		}
	}
	if page.Version.Number == 0 {
		return domain.ErrNotFound
	}
	page.Intro, page.Sections = policySections(q.Policy)
	return q.text("Privacy policy", policy.Privacy(page))
}
