using System.Collections.Immutable;

namespace Holdfast.FailoverBench.Load;

/// <summary>What became of a system under load.</summary>
/// <param name="Changes">Of primary; each is one that nobody asked for.</param>
/// <param name="Restarts">Servers that were started anew meanwhile.</param>
/// <param name="LoadAverage">Of the machine, over the last minute, at the end.</param>
internal sealed record LoadOutcome(string System, double Minutes, long Changes, int Restarts, double LoadAverage, ImmutableArray<string> Problems);
