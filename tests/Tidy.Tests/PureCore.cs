using System.Reflection.Metadata;
using System.Reflection.PortableExecutable;
using System.Xml.Linq;

namespace Holdfast.Tidy.Tests;

/// <summary>What the core may not use: it has no I/O, no clock, no randomness and no task.</summary>
internal static class PureCore
{
    private static readonly string[] ForbiddenNamespaces =
    [
        "System.IO", "System.Threading.Tasks", "System.Net.Sockets", "System.Net.Http", "System.Net.NetworkInformation",
        "System.Security.Cryptography",
    ];

    private static readonly string[] ForbiddenTypes =
    [
        "System.TimeProvider", "System.Random", "System.DateTime", "System.DateTimeOffset", "System.DateOnly", "System.TimeOnly",
        "System.Console", "System.Environment", "System.Diagnostics.Stopwatch", "System.Diagnostics.Process",
        "System.Threading.Thread", "System.Threading.Timer", "System.Threading.ThreadPool",
    ];

    /// <summary>The forbidden types that a built assembly refers to, however its source names them.</summary>
    public static IEnumerable<string> ForbiddenReferences(string assembly)
    {
        using var file = new PEReader(File.OpenRead(assembly));
        var metadata = file.GetMetadataReader();
        var allowed = UsedByIteratorsOnly(metadata);
        return
        [
            .. metadata.TypeReferences
                .Where(handle => !allowed.Contains(handle))
                .Select(metadata.GetTypeReference)
                .Select(type => (Namespace: metadata.GetString(type.Namespace), Name: metadata.GetString(type.Name)))
                .Where(type => IsForbidden(type.Namespace, type.Name))
                .Select(type => $"{type.Namespace}.{type.Name}")
                .Order(StringComparer.Ordinal),
        ];
    }

    /// <summary>
    /// What the compiler makes of a method with <c>yield</c> asks for the number of the thread, and for nothing else of <see cref="Environment"/>.
    /// </summary>
    private static HashSet<TypeReferenceHandle> UsedByIteratorsOnly(MetadataReader metadata) =>
    [
        .. metadata.MemberReferences
            .Select(metadata.GetMemberReference)
            .Where(member => member.Parent.Kind == HandleKind.TypeReference)
            .GroupBy(member => (TypeReferenceHandle)member.Parent, member => metadata.GetString(member.Name))
            .Where(members => metadata.GetString(metadata.GetTypeReference(members.Key).Name) == nameof(Environment)
                && members.All(name => name == "get_CurrentManagedThreadId"))
            .Select(members => members.Key),
    ];

    /// <summary>Assemblies beyond the framework that a built assembly refers to.</summary>
    public static IEnumerable<string> ForeignAssemblies(string assembly)
    {
        using var file = new PEReader(File.OpenRead(assembly));
        var metadata = file.GetMetadataReader();
        return
        [
            .. metadata.AssemblyReferences
                .Select(handle => metadata.GetString(metadata.GetAssemblyReference(handle).Name))
                .Where(name => !name.StartsWith("System.", StringComparison.Ordinal)),
        ];
    }

    /// <summary>Packages and projects that a project file asks for.</summary>
    public static IEnumerable<string> Dependencies(string projectXml) =>
        XDocument.Parse(projectXml).Descendants()
            .Where(element => element.Name.LocalName is "PackageReference" or "ProjectReference" or "FrameworkReference")
            .Select(element => $"{element.Name.LocalName} {element.Attribute("Include")?.Value}");

    private static bool IsForbidden(string space, string name) =>
        ForbiddenNamespaces.Any(forbidden => space == forbidden || space.StartsWith(forbidden + ".", StringComparison.Ordinal)) ||
        ForbiddenTypes.Contains($"{space}.{name}");
}
