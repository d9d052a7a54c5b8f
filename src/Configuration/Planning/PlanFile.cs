using Holdfast.Configuration.Rules;
using Holdfast.Configuration.Schema;
using Holdfast.Configuration.Shapes;
using Holdfast.Configuration.Yaml;

namespace Holdfast.Configuration.Planning;

/// <summary>
/// Reads a file for planning: either the file of a system, whole and valid, or one that has only <c>system</c>, <c>sites</c> and <c>planning</c>, for
/// a system that does not run yet. Passwords, certificates and keys that it refers to are not looked at.
/// </summary>
public static class PlanFile
{
    /// <summary>Reads the file at <paramref name="path"/>. A file that cannot be read is a problem like any other: this never throws for it.</summary>
    public static PlanReading Load(string path, IEnvironment environment)
    {
        ArgumentException.ThrowIfNullOrEmpty(path);
        ArgumentNullException.ThrowIfNull(environment);
        var findings = new Findings();
        return FileText.Read(path, environment, findings) is { } text
            ? Parse(text, Path.GetDirectoryName(Path.GetFullPath(path))!, environment)
            : new PlanReading(null, findings.InOrder());
    }

    /// <summary>Reads the text of a file. Relative paths in it start at <paramref name="folder"/>.</summary>
    public static PlanReading Parse(string text, string folder, IEnvironment environment)
    {
        var findings = new Findings();
        var node = FileText.Tree(text, findings);
        if (node is null)
        {
            return new PlanReading(null, findings.InOrder());
        }

        var runs = node is MapNode map && map.Entries.Any(entry => entry.Key == SystemKeys.Stores.Name || entry.Key == SystemKeys.Coordination.Name);
        var context = new ReadContext(findings, environment, Path.GetFullPath(folder)) { FollowsReferences = false };
        var root = (Section?)(runs ? SystemKeys.Shape : SystemKeys.OnlyPlanned).Read(node, new Place("", node.Mark), context);
        if (root is null)
        {
            return new PlanReading(null, findings.InOrder());
        }

        if (runs)
        {
            SystemFile.CheckRules(root, findings);
        }
        else
        {
            PlanningRules.Check(root, findings);
            PlanningRules.CheckAlone(root, findings);
        }

        var facts = findings.HasErrors ? null : PlanBuilder.Build(root, runs ? SystemBuilder.Build(root) : null);
        return new PlanReading(facts, findings.InOrder());
    }
}
