package handlers

func (s *Site) knowledgeRoutes() []route { return nil }
