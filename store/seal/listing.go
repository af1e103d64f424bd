package seal

// list reads the directory: which keys there are, whose, and which are gone.
func (t *tenantKeys) list() error {
	found, err := entries(t.dir)
	if err != nil {
		return err
	}
	owner, gone, grave := make(map[uint32]string, len(found)), map[uint32]bool{}, map[string]bool{}
	for _, e := range found {
		if isTombstone(e.owner) {
			gone[e.id], grave[e.owner] = true, true
			continue
		}
		owner[e.id] = e.owner
	}
	t.mu.Lock()
	defer t.mu.Unlock()
	t.owner, t.gone, t.grave = owner, gone, grave
	return nil
}

func (t *tenantKeys) buried(person string) bool {
	grave := t.graveOf(person)
	t.mu.RLock()
	defer t.mu.RUnlock()
	return t.grave[grave]
}

func (t *tenantKeys) idsOf(person string) []uint32 {
	t.mu.RLock()
	defer t.mu.RUnlock()
	var ids []uint32
	for id, owner := range t.owner {
		if owner == person {
			ids = append(ids, id)
		}
	}
	return ids
}

// owners are everybody who has a key.
func (t *tenantKeys) owners() map[string]bool {
	t.mu.RLock()
	defer t.mu.RUnlock()
	out := make(map[string]bool, len(t.owner))
	for _, owner := range t.owner {
		out[owner] = true
	}
	return out
}

func (t *tenantKeys) taken(id uint32) bool {
	t.mu.RLock()
	defer t.mu.RUnlock()
	return t.owner[id] != "" || t.gone[id]
}

func (t *tenantKeys) cachedKey(id uint32) *key {
	t.mu.RLock()
	defer t.mu.RUnlock()
	return t.keys[id]
}

func (t *tenantKeys) cachedPerson(person string) *key {
	t.mu.RLock()
	defer t.mu.RUnlock()
	return t.latest[person]
}
