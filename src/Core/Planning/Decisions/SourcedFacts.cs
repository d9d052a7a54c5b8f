using System.Collections.Immutable;
using Holdfast.Core.Planning.Facts;

namespace Holdfast.Core.Planning.Decisions;

/// <summary>Where a fact is from.</summary>
/// <param name="Origin">Where exactly: a path in the file, or what it was computed from.</param>
public sealed record FactOrigin(FactSource Source, string Origin);

/// <summary>Facts of a decision, each with its source.</summary>
/// <param name="Value">All of them.</param>
/// <param name="Known">By key: where those are from that are not the default.</param>
public sealed record SourcedFacts<T>(T Value, ImmutableDictionary<string, FactOrigin> Known)
    where T : notnull
{
    /// <summary>Of nothing that was said.</summary>
    public SourcedFacts(T value)
        : this(value, ImmutableDictionary<string, FactOrigin>.Empty.WithComparers(StringComparer.Ordinal))
    {
    }

    /// <summary>The same with one fact more that is known.</summary>
    public SourcedFacts<T> With(string key, T value, FactSource source, string origin) => new(value, Known.SetItem(key, new FactOrigin(source, origin)));
}

/// <summary>What the decisions around a plan are made from. Null: that decision is not asked for, and not made.</summary>
public sealed record DecisionFacts
{
    public static readonly DecisionFacts None = new();

    public SourcedFacts<KubernetesFacts>? Kubernetes { get; init; }
    public SourcedFacts<CloudFacts>? Cloud { get; init; }
    public SourcedFacts<StorageFacts>? Storage { get; init; }
}
