using System.Collections.Immutable;
using Holdfast.Core.Planning.Patterns;

namespace Holdfast.Core.Planning.Decisions;

/// <summary>One thing that the options of a decision are judged by.</summary>
/// <param name="Name">For the head of a column.</param>
/// <param name="Weight">Its part of the whole, above 0; all weights of a decision add up to 1.</param>
/// <param name="Asks">What is asked of an option.</param>
/// <param name="Why">Why it weighs that much; a clause.</param>
public sealed record Criterion(string Name, double Weight, string Asks, string Why);

/// <summary>How well an option does by one criterion.</summary>
public sealed record Score
{
    public const int Best = 5;

    /// <param name="points">From 0, useless, to 5, as good as it gets.</param>
    /// <param name="why">The reason, with the figure that decided; a clause.</param>
    public Score(int points, string why)
    {
        Invariant.Check(points is >= 0 and <= Best, "a score is from 0 to 5");
        Invariant.Check(!string.IsNullOrWhiteSpace(why), "a score has a reason");
        (Points, Why) = (points, why);
    }

    public int Points { get; }
    public string Why { get; }
}

/// <summary>One way that a decision can go.</summary>
/// <param name="Name">Short; unique within the decision.</param>
/// <param name="What">What it is, for people who do not know the name.</param>
/// <param name="Scores">One for each criterion, in the criteria's order.</param>
/// <param name="Gates">Why it is ruled out, whatever its scores. Empty: it can be had.</param>
public sealed record DecisionOption(string Name, string What, ImmutableArray<Score> Scores, ImmutableArray<Gate> Gates)
{
    public bool CanBeHad => Gates.IsEmpty;
}
