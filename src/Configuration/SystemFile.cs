using Holdfast.Configuration.Kinds;
using Holdfast.Configuration.Rules;
using Holdfast.Configuration.Schema;
using Holdfast.Configuration.Shapes;
using Holdfast.Configuration.Yaml;

namespace Holdfast.Configuration;

/// <summary>Reads and validates <c>holdfast.yaml</c>: the whole of it, all problems at once.</summary>
public static class SystemFile
{
    /// <summary>Larger files are refused, in bytes.</summary>
    public const int SizeLimit = FileText.SizeLimit;

    /// <summary>
    /// Reads the file at <paramref name="path"/>. A file that cannot be read is a problem like any other: this never throws for it.
    /// </summary>
    public static LoadResult Load(string path, IEnvironment environment)
    {
        ArgumentException.ThrowIfNullOrEmpty(path);
        ArgumentNullException.ThrowIfNull(environment);
        var findings = new Findings();
        if (FileText.Read(path, environment, findings) is not { } text)
        {
            return new LoadResult(null, findings.InOrder());
        }

        return Parse(text, Path.GetDirectoryName(Path.GetFullPath(path))!, environment);
    }

    /// <summary>Validates the text of a file. Relative paths in it start at <paramref name="folder"/>.</summary>
    public static LoadResult Parse(string text, string folder, IEnvironment environment)
    {
        ArgumentNullException.ThrowIfNull(text);
        ArgumentException.ThrowIfNullOrEmpty(folder);
        ArgumentNullException.ThrowIfNull(environment);
        var findings = new Findings();
        var root = FileText.Tree(text, findings) is { } node
            ? (Section?)SystemKeys.Shape.Read(node, new Place("", node.Mark), new ReadContext(findings, environment, Path.GetFullPath(folder)))
            : null;
        if (root is not null)
        {
            CheckRules(root, findings);
        }

        return new LoadResult(root is null || findings.HasErrors ? null : SystemBuilder.Build(root), findings.InOrder());
    }

    internal static void CheckRules(Section root, Findings findings)
    {
        CoordinationRules.Check(root, findings);
        ClusterRules.Check(root, findings);
        SecurityRules.Check(root, findings);
        MemberRules.Check(root, findings);
        ArchiveRules.Check(root, findings);
        BackupRules.Check(root, findings);
        GateRules.Check(root, findings);
        PlanningRules.Check(root, findings);
        foreach (var store in root.All(SystemKeys.Stores))
        {
            StoreRules.Check(root, store, findings);
            TimingRules.Check(root, store.Value, findings);
            LinkRules.Check(store.Value, findings);
            EngineKinds.Check(store, findings);
        }
    }
}
