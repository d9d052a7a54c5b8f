using System.Globalization;

namespace Holdfast.Lab.Plans;

/// <summary>One thing that goes wrong, and is put right again.</summary>
/// <param name="Target">
/// A member's or an etcd server's name, or a role that is looked up at that moment: <see cref="Primary"/>, <see cref="Leader"/>. Empty: there is
/// nothing to choose.
/// </param>
/// <param name="Other">The second member of a pair; empty: none.</param>
/// <param name="Hold">How long it lasts; of a restart, how long until the new start.</param>
internal sealed record Fault(FaultKind Kind, string Target, string Other, TimeSpan Hold)
{
    /// <summary>Whoever is primary then.</summary>
    public const string Primary = "primary";
    /// <summary>The standby leader of the passive site.</summary>
    public const string Leader = "leader";
    /// <summary>Of a link: what the active site sends.</summary>
    public const string Outwards = "outwards";
    /// <summary>Of a link: what the active site should receive.</summary>
    public const string Inwards = "inwards";

    public override string ToString() =>
        FaultKinds.NameOf(Kind) + (Target.Length > 0 ? $" {Target}" : "") + (Other.Length > 0 ? $"/{Other}" : "") +
        (Hold > TimeSpan.Zero ? string.Create(CultureInfo.InvariantCulture, $" {Hold.TotalSeconds:0.0}s") : "");
}

/// <summary>One fault, or two of which the second comes while the first is there or is being answered.</summary>
/// <param name="Number">From 1.</param>
/// <param name="Calm">How long writers go on undisturbed before it.</param>
/// <param name="Second">Null: a single fault.</param>
/// <param name="Offset">Of the second, from the first.</param>
internal sealed record Strike(int Number, TimeSpan Calm, Fault First, Fault? Second, TimeSpan Offset)
{
    /// <summary>The line of the summary it counts to.</summary>
    public string Sort => Second is null ? FaultKinds.NameOf(First.Kind) : "double";

    public string What => Second is null ? $"{First}" : string.Create(CultureInfo.InvariantCulture, $"{First} +{Offset.TotalSeconds:0.00}s {Second}");
}
