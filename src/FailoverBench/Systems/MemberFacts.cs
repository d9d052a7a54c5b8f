namespace Holdfast.FailoverBench.Systems;

/// <summary>What one server says of itself; asked in the same way of all systems.</summary>
/// <param name="Streaming">Standbys that receive from it.</param>
/// <param name="Acknowledging">Of these, those that may acknowledge commits; of a store that waits for none, all.</param>
/// <param name="Timeline">Of the log that it writes; rises with each promotion. 0: it writes none, or has no such number.</param>
internal sealed record MemberFacts(bool InRecovery, bool Receives, int Streaming, int Acknowledging, long Timeline);
