namespace Holdfast.Cli.Planning.Page;

/// <summary>The frame of every drawing.</summary>
internal static class Svg
{
    private const string Namespace = "http://www.w3.org/2000/svg";

    /// <summary>A drawing that says in words what it shows.</summary>
    /// <param name="id">Of this drawing alone.</param>
    public static Element Picture(string id, double width, double height, string title, string description) =>
        Canvas(width, height, new Element("title", title).With("id", $"{id}-title"), new Element("desc", description).With("id", $"{id}-desc"))
            .With("role", "img").With("aria-labelledby", $"{id}-title {id}-desc");

    /// <summary>A drawing beside words that say the same.</summary>
    public static Element Ornament(double width, double height, params Node[] content) => Canvas(width, height, content).With("aria-hidden", "true");

    private static Element Canvas(double width, double height, params Node[] content) =>
        new Element("svg", content).With("xmlns", Namespace).With("viewBox", FormattableString.Invariant($"0 0 {width} {height}"));
}
