namespace Holdfast.Configuration;

/// <summary>Whether a problem keeps the file from being used.</summary>
public enum Severity
{
    /// <summary>The file cannot be used.</summary>
    Error,
    /// <summary>The file can be used, but the user should know.</summary>
    Warning,
}

/// <summary>One thing that is wrong with a file.</summary>
/// <param name="Path">Where in the file's structure, e.g. <c>stores.orders.members.orders-fra-1.address</c>; empty: the file as a whole.</param>
/// <param name="Line">From 1; 0: the file as a whole.</param>
/// <param name="Column">From 1; 0: the file as a whole.</param>
/// <param name="Message">What is wrong, without the path. It never holds a secret's text.</param>
/// <param name="Remedy">What would be right, or what to do.</param>
public sealed record Problem(string Path, int Line, int Column, string Message, string Remedy, Severity Severity = Severity.Error)
{
    public override string ToString() => $"{Line}:{Column}  {Path}  {Message}; {Remedy}";
}
