// ControlGroups
