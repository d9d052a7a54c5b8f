using Holdfast.Core.Sites;

namespace Holdfast.Cli.Sites;

/// <summary>What the operator asks for.</summary>
/// <param name="To">The site that is to be active.</param>
/// <param name="Fenced">How the old site was stopped, in the operator's words; null: nothing was said.</param>
internal sealed record MoveIntent(MoveKind Kind, string To, bool AcceptDataLoss = false, string? Fenced = null)
{
    /// <summary>switchover, failover or failback.</summary>
    public string Verb => Kind.ToString().ToLowerInvariant();
}
