package handlers

func (s *Site) developmentRoutes() []route { return nil }
