namespace Holdfast.Core;

/// <summary>
/// A password or token. Its text never appears by accident: <see cref="ToString"/> prints stars; ask for it by <see cref="Reveal"/>.
/// </summary>
public sealed class Secret(string value) : IEquatable<Secret>
{
    /// <summary>The text itself, for handing to a server. Never log the result.</summary>
    public string Reveal() => value;
    public bool Equals(Secret? other) => other is not null && string.Equals(value, other.Reveal(), StringComparison.Ordinal);
    public override bool Equals(object? obj) => Equals(obj as Secret);
    public override int GetHashCode() => value.GetHashCode(StringComparison.Ordinal);
    public override string ToString() => "***";
}
