using System.Collections.Immutable;

namespace Holdfast.FailoverBench.Load;

/// <summary>What became of a system under load.</summary>
/// <param name="Minutes">Fewer than were asked for: it was interrupted.</param>
/// <param name="Computing">Processes that computed beside pgbench.</param>
/// <param name="Changes">Of primary; each is one that nobody asked for.</param>
/// <param name="Restarts">Servers that were started anew meanwhile.</param>
/// <param name="LoadAverage">Of the machine, over the last minute, at the end.</param>
internal sealed record LoadOutcome(
    string System, double Minutes, int Computing, long Changes, int Restarts, double LoadAverage, ImmutableArray<string> Problems);
