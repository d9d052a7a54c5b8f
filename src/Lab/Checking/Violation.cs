namespace Holdfast.Lab.Checking;

/// <summary>What can be found wrong.</summary>
internal enum Judgement
{
    /// <summary>An acknowledged write is gone, and nothing allows and reports that.</summary>
    Lost,
    /// <summary>A write that was refused is there.</summary>
    Ghost,
    /// <summary>Something is there that no client wrote.</summary>
    Invented,
    /// <summary>A part of a transaction is there, or was seen, without the rest.</summary>
    Torn,
    /// <summary>An entry is there twice, or a list has a gap.</summary>
    Repeated,
    /// <summary>An entry is not where its transaction put it, or stands before one that had been acknowledged earlier.</summary>
    Reordered,
    /// <summary>Two members acknowledged during the same time.</summary>
    TwoWriters,
    /// <summary>A primary acknowledged after one of a later epoch had, or two of the same epoch did.</summary>
    EpochFell,
    /// <summary>A later read at a primary showed less than an earlier one, or than had been acknowledged before it.</summary>
    WentBack,
    /// <summary>A read at a primary showed what is gone now.</summary>
    Vanished,
    /// <summary>A primary that had been replaced answered reads for longer than is promised.</summary>
    Stale,
    /// <summary>A standby has something else than the primary.</summary>
    Diverged,
    /// <summary>The system did not become healthy again.</summary>
    NotHealed,
    /// <summary>The laboratory could not go on, so nothing was proved.</summary>
    Unjudged,
}

/// <param name="Text">For people: what, who, when.</param>
internal sealed record Violation(Judgement Judgement, string Text)
{
    public override string ToString() => $"{Judgement}: {Text}";
}
