export default function SupervisorFace() { return null; }
